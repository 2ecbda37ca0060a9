/** Reads what a census counted (assembly/census/). */
import type { Exports, KernelInstance } from "./instance.ts";

/** What a trace holds, beside the counters. Fields are `null` for what a pages-only trace did not keep. */
export interface Census {
  /** Distinct 4 KiB pages, in ascending order as unsigned numbers. */
  pages: PageCounts;
  /** In the order of their first appearance; empty if the trace tells of none. */
  threads: { pid: bigint; tid: bigint; records: number }[] | null;
  /** Records of threads that are not listed. */
  recordsBeyond: number | null;
  /** Records by size in bytes, in ascending order; sizes that no record has are not there. */
  sizes: { bytes: number; fetches: number; data: number }[] | null;
  /** Gaps between references to one page, in references: those of 2^(n-1) + 1 to 2^n at index n. */
  gaps: { count: number; sum: number }[] | null;
  fetchReuse: StreamReuse;
  dataReuse: StreamReuse;
  /** Records whose bytes lie on two or more lines of 64 bytes. */
  lineStraddles: number | null;
  /** Records to one of the lines of 64 bytes that their stream used lately, 64 at most. */
  nearFetches: number | null;
  nearData: number | null;
  /** Fetches of 4 bytes at a multiple of 4. */
  wordFetches: number;
  /** Of the addresses that are not canonical: those of 57 bits, of user space of 48 bits, and with a tag in the top byte. */
  wideAddresses: number;
  upperUserAddresses: number;
  taggedAddresses: number;
  /** Records that tell the instruction that made them. */
  withPc: number;
}

/** One element for each page. */
export interface PageCounts {
  /** Page numbers, of 52 bits. */
  numbers: Float64Array;
  /** Records whose first byte lies there; `null` of a pages-only trace. */
  kinds: { fetches: Float64Array; loads: Float64Array; stores: Float64Array; modifies: Float64Array } | null;
  /** Number of the latest reference, counted from 1. */
  latest: Float64Array;
  /** 1 if fetches referred to it; 1 if data did; 1 if a record wrote to it. */
  isCode: Uint8Array;
  isData: Uint8Array;
  isWritten: Uint8Array;
}

/** How soon the pages of a stream come back. */
export interface StreamReuse {
  /** References by stack distance, 0 being the page of the reference before. */
  found: Float64Array;
  /** First references to a page. */
  cold: number;
}

/**
 * `isPagesOnly`: whether it was taken of words (countCensusWords()).
 *
 * @internal
 */
export function readCensus(kernel: KernelInstance, isPagesOnly: boolean): Census {
  const x = kernel.exports;
  const view = kernel.view();
  const counter = (offset: { value: number }) => countAt(view, (x.censusAddress() >>> 0) + offset.value);
  const ofRecords = <Value>(read: () => Value) => (isPagesOnly ? null : read());
  const { fetchReferences, dataReferences } = kernel.counters();
  return {
    pages: readPages(x, view, isPagesOnly),
    threads: ofRecords(() => readThreads(x, view)),
    recordsBeyond: ofRecords(() => Number(x.censusRecordsBeyond())),
    sizes: ofRecords(() => readSizes(x, view)),
    gaps: ofRecords(() =>
      Array.from({ length: 65 }, (_, index) => {
        const at = (x.censusGaps() >>> 0) + 16 * index;
        return { count: countAt(view, at), sum: countAt(view, at + 8) };
      }),
    ),
    fetchReuse: readReuse(x, false, fetchReferences),
    dataReuse: readReuse(x, true, dataReferences),
    lineStraddles: ofRecords(() => counter(x.CENSUS_LINE_STRADDLES)),
    nearFetches: ofRecords(() => counter(x.CENSUS_NEAR_FETCHES)),
    nearData: ofRecords(() => counter(x.CENSUS_NEAR_DATA)),
    wordFetches: counter(x.CENSUS_WORD_FETCHES),
    wideAddresses: counter(x.CENSUS_WIDE_ADDRESSES),
    upperUserAddresses: counter(x.CENSUS_UPPER_USER_ADDRESSES),
    taggedAddresses: counter(x.CENSUS_TAGGED_ADDRESSES),
    withPc: counter(x.CENSUS_WITH_PC),
  };
}

function readThreads(x: Exports, view: DataView): NonNullable<Census["threads"]> {
  return Array.from({ length: x.censusThreads() }, (_, index) => {
    const at = (x.censusThreadsAddress() >>> 0) + index * x.CENSUS_THREAD_BYTES.value;
    return { pid: view.getBigUint64(at, true), tid: view.getBigUint64(at + 8, true), records: countAt(view, at + 16) };
  });
}

function readPages(x: Exports, view: DataView, isPagesOnly: boolean): PageCounts {
  const count = x.censusPages() >>> 0;
  const chunkPages = x.CENSUS_CHUNK_PAGES.value;
  const recordOf = (index: number) =>
    (x.censusChunk(Math.floor(index / chunkPages)) >>> 0) + (index % chunkPages) * x.CENSUS_PAGE_BYTES.value;
  const unsorted = Float64Array.from({ length: count }, (_, index) => countAt(view, recordOf(index)));
  const order = Uint32Array.from(unsorted, (_, index) => index);
  order.sort((a, b) => (unsorted[a] ?? 0) - (unsorted[b] ?? 0));
  const sorted = order.map(recordOf);
  const counts = (offset: number) => Float64Array.from(sorted, (record) => countAt(view, record + offset));
  const kinds = x.CENSUS_PAGE_KINDS.value;
  const has = (bit: number) =>
    Uint8Array.from(sorted, (record) =>
      Number((view.getUint32(record + x.CENSUS_PAGE_STREAMS.value, true) & bit) !== 0),
    );
  const stores = counts(kinds + 8 * x.KIND_STORE.value);
  const modifies = counts(kinds + 8 * x.KIND_MODIFY.value);
  const isMarked = has(x.CENSUS_WRITTEN.value);
  return {
    numbers: Float64Array.from(order, (index) => unsorted[index] ?? 0),
    kinds: isPagesOnly
      ? null
      : {
          fetches: counts(kinds + 8 * x.KIND_FETCH.value),
          loads: counts(kinds + 8 * x.KIND_LOAD.value),
          stores,
          modifies,
        },
    latest: counts(x.CENSUS_PAGE_LATEST.value),
    isCode: has(x.STREAM_FETCH.value),
    isData: has(x.STREAM_DATA.value),
    isWritten: isMarked.map((mark, at) => Number(mark === 1 || (stores[at] ?? 0) + (modifies[at] ?? 0) > 0)),
  };
}

function readSizes(x: Exports, view: DataView): NonNullable<Census["sizes"]> {
  const all = x.MAX_RECORD_BYTES.value + 1;
  const at = x.censusSizes() >>> 0;
  const sizes = Array.from({ length: all }, (_, bytes) => ({
    bytes,
    fetches: countAt(view, at + 8 * bytes),
    data: countAt(view, at + 8 * (all + bytes)),
  }));
  return sizes.filter(({ fetches, data }) => fetches + data > 0);
}

/** Of a stream of `references` references. Those to the page of the one before are not among those found. */
function readReuse(x: Exports, data: boolean, references: number): StreamReuse {
  const at = x.censusDistances(data) >>> 0;
  const found = Float64Array.from(new BigUint64Array(x.memory.buffer, at, x.censusDistanceCount(data)), Number);
  const cold = Number(x.censusCold(data));
  const others = found.reduce((sum, count) => sum + count, cold);
  found[0] = (found[0] ?? 0) + Math.max(0, references - others); // of a damaged unit, words may be of more
  return { found, cold };
}

function countAt(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
