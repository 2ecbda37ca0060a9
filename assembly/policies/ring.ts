/**
 * Ways in one order, the latest first, as a ring of links: for policies that know which way is the oldest, of however
 * many, at a cost that does not grow with them. Invalid ways stay where they are: nobody asks for the oldest before all
 * ways are valid, and by then each was filled since.
 *
 *   0       4       8      12         16           byte
 *   ├───────┼───────┼──────┼──────────┼─────
 *   │ front │       │ next │ previous │ …     front: the latest way; next: the way after each in the order,
 *   └───────┴───────┴──────┴──────────┴─────  previous: the one before it; after the oldest comes the latest
 */
const LINKS: u32 = 8;

export function ringBytes(ways: u32): u32 {
  return LINKS + (ways << 3);
}

/** The last way is the latest, the first one the oldest. */
export function resetRing(ring: usize, ways: u32): void {
  store<u32>(ring, ways - 1);
  for (let way: u32 = 0; way < ways; way++) link(ring, way == ways - 1 ? 0 : way + 1, way);
}

/** Makes `way` the latest. */
export function toFront(ring: usize, way: u32): void {
  const front = load<u32>(ring);
  if (way == front) return;
  const back = oldestOf(ring);
  store<u32>(ring, way);
  if (way == back) return; // the ring is turned by one
  link(ring, previousOf(ring, way), nextOf(ring, way));
  link(ring, back, way);
  link(ring, way, front);
}

export function oldestOf(ring: usize): u32 {
  return previousOf(ring, load<u32>(ring));
}

function nextOf(ring: usize, way: u32): u32 {
  return load<u32>(ring + ((<usize>way) << 3), LINKS);
}

function previousOf(ring: usize, way: u32): u32 {
  return load<u32>(ring + ((<usize>way) << 3), LINKS + 4);
}

function link(ring: usize, left: u32, right: u32): void {
  store<u32>(ring + ((<usize>left) << 3), right, LINKS);
  store<u32>(ring + ((<usize>right) << 3), left, LINKS + 4);
}
