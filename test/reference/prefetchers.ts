/**
 * What each prefetcher predicts, as its source describes it, with tables that are maps, in numbers of any size. Pages are
 * page numbers of the whole 64-bit address. Predictions may be no pages at all.
 */
import type { Prefetcher } from "../../src/config/cpus/description.ts";

export interface PlainPrefetcher {
  /** The pages predicted when `page` was missed by the instruction at `pc`, the first to be fetched first. */
  miss(page: bigint, pc: bigint): bigint[];
}

export function plainPrefetcher(name: Prefetcher, degree: number, rows: number): PlainPrefetcher {
  if (name === "next-page") return new Following(degree);
  return name === "stride" ? new Strides(degree, rows) : new Distances(degree, rows);
}

const steps = (degree: number) => Array.from({ length: degree }, (_, index) => BigInt(index + 1));

class Following implements PlainPrefetcher {
  readonly #degree: number;

  constructor(degree: number) {
    this.#degree = degree;
  }

  miss(page: bigint): bigint[] {
    return steps(this.#degree).map((step) => page + step);
  }
}

/** Chen & Baer 1995: an instruction that has gone the same way twice is expected to go on. */
class Strides implements PlainPrefetcher {
  /** By row: an instruction, and the pages that it missed, the latest last. */
  readonly #rows = new Map<bigint, { pc: bigint; pages: bigint[] }>();

  readonly #degree: number;
  readonly #size: bigint;

  constructor(degree: number, rows: number) {
    this.#degree = degree;
    this.#size = BigInt(rows);
  }

  miss(page: bigint, pc: bigint): bigint[] {
    const number = pc % this.#size;
    const held = this.#rows.get(number);
    const pages = [...(held?.pc === pc ? held.pages : []), page].slice(-3);
    this.#rows.set(number, { pc, pages });
    const [first, second, third] = pages;
    if (first === undefined || second === undefined || third === undefined) return [];
    const stride = third - second;
    return stride === second - first && stride !== 0n ? steps(this.#degree).map((step) => page + step * stride) : [];
  }
}

/** Kandiraju & Sivasubramaniam 2002: after which distance came which. */
class Distances implements PlainPrefetcher {
  readonly #rows = new Map<bigint, { distance: bigint; following: bigint[] }>();
  readonly #missed: bigint[] = [];

  readonly #degree: number;
  readonly #size: bigint;

  constructor(degree: number, rows: number) {
    this.#degree = degree;
    this.#size = BigInt(rows);
  }

  miss(page: bigint): bigint[] {
    this.#missed.push(page);
    const [oldest, before] =
      this.#missed.slice(-3, -1).length === 2 ? this.#missed.slice(-3, -1) : [undefined, this.#missed.at(-2)];
    if (before === undefined) return [];
    const distance = page - before;
    const predicted = this.#following(distance).map((next) => page + next);
    if (oldest !== undefined) this.#learn(before - oldest, distance);
    return predicted;
  }

  #rowOf(distance: bigint): bigint {
    return BigInt.asUintN(64, distance) % this.#size;
  }

  #following(distance: bigint): bigint[] {
    const row = this.#rows.get(this.#rowOf(distance));
    return row?.distance === distance ? row.following : [];
  }

  #learn(previous: bigint, distance: bigint): void {
    const others = this.#following(previous).filter((other) => other !== distance);
    this.#rows.set(this.#rowOf(previous), {
      distance: previous,
      following: [distance, ...others].slice(0, this.#degree),
    });
  }
}
