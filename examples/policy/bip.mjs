/** One page in so many is inserted as the most recent. */
const THROTTLE = 32;

/**
 * Bimodal insertion (BIP): true LRU, but that what is filled becomes the least recent of its set, and only each 32nd time the most
 * recent. So pages that are used once push out one another and nothing else. Qureshi, Jaleel, Patt, Steely & Emer, "Adaptive insertion
 * policies for high performance caching", ISCA 2007, doi:10.1145/1250662.1250709, section 4.3; a counter stands for chance.
 *
 * Not idempotent: the first hit on what was filled last moves it to the front.
 */
export default class Bip {
  configure(sets, ways) {
    this.fills = 0;
    /** The ways of each set, the most recent first. */
    this.orders = Array.from({ length: sets }, () => Uint32Array.from({ length: ways }, (_, way) => way));
  }

  touch(set, way) {
    this.#move(set, way, 0);
  }

  fill(set, way, _page) {
    const isRecent = this.fills++ % THROTTLE === THROTTLE - 1;
    this.#move(set, way, isRecent ? 0 : this.orders[set].length - 1);
  }

  victim(set) {
    return this.orders[set].at(-1);
  }

  /** Moves `way` to `place` in the order of `set`. */
  #move(set, way, place) {
    const order = this.orders[set];
    let at = order.indexOf(way);
    for (; at > place; at--) order[at] = order[at - 1];
    for (; at < place; at++) order[at] = order[at + 1];
    order[place] = way;
  }
}
