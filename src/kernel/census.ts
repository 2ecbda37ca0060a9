/** Reads what a census counted (assembly/census/). */
import type { Exports, KernelInstance } from "./instance.ts";

/** What a trace holds, beside the counters. */
export interface Census {
  /** Distinct 4 KiB pages, in ascending order as unsigned numbers. */
  pages: PageCounts;
  /** In the order of their first appearance; empty if the trace tells of none. */
  threads: { pid: bigint; tid: bigint; records: number }[];
  /** Records of threads that are not listed. */
  recordsBeyond: number;
  /** Records by size in bytes, in ascending order; sizes that no record has are not there. */
  sizes: { bytes: number; fetches: number; data: number }[];
  /** Gaps between references to one page, in references: those of 2^(n-1) + 1 to 2^n at index n. */
  gaps: { count: number; sum: number }[];
  fetchReuse: StreamReuse;
  dataReuse: StreamReuse;
  /** Records whose bytes lie on two or more lines of 64 bytes. */
  lineStraddles: number;
  /** Records to one of the lines of 64 bytes that their stream used lately, 64 at most. */
  nearFetches: number;
  nearData: number;
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
  /** Records whose first byte lies there. */
  fetches: Float64Array;
  loads: Float64Array;
  stores: Float64Array;
  modifies: Float64Array;
  /** Number of the latest reference, counted from 1. */
  latest: Float64Array;
  /** 1 if fetches referred to it; 1 if data did. */
  isCode: Uint8Array;
  isData: Uint8Array;
}

/** How soon the pages of a stream come back. */
export interface StreamReuse {
  /** References by stack distance, 0 being the page of the reference before. */
  found: Float64Array;
  /** First references to a page. */
  cold: number;
}

/** @internal */
export function readCensus(kernel: KernelInstance): Census {
  const x = kernel.exports;
  const view = kernel.view();
  const counter = (offset: { value: number }) => countAt(view, (x.censusAddress() >>> 0) + offset.value);
  return {
    pages: readPages(x, view),
    threads: Array.from({ length: x.censusThreads() }, (_, index) => {
      const at = (x.censusThreadsAddress() >>> 0) + index * x.CENSUS_THREAD_BYTES.value;
      return {
        pid: view.getBigUint64(at, true),
        tid: view.getBigUint64(at + 8, true),
        records: countAt(view, at + 16),
      };
    }),
    recordsBeyond: Number(x.censusRecordsBeyond()),
    sizes: readSizes(x, view),
    gaps: Array.from({ length: 65 }, (_, index) => {
      const at = (x.censusGaps() >>> 0) + 16 * index;
      return { count: countAt(view, at), sum: countAt(view, at + 8) };
    }),
    fetchReuse: readReuse(x, false, counter(x.CENSUS_REPEATED_FETCHES)),
    dataReuse: readReuse(x, true, counter(x.CENSUS_REPEATED_DATA)),
    lineStraddles: counter(x.CENSUS_LINE_STRADDLES),
    nearFetches: counter(x.CENSUS_NEAR_FETCHES),
    nearData: counter(x.CENSUS_NEAR_DATA),
    wordFetches: counter(x.CENSUS_WORD_FETCHES),
    wideAddresses: counter(x.CENSUS_WIDE_ADDRESSES),
    upperUserAddresses: counter(x.CENSUS_UPPER_USER_ADDRESSES),
    taggedAddresses: counter(x.CENSUS_TAGGED_ADDRESSES),
    withPc: counter(x.CENSUS_WITH_PC),
  };
}

function readPages(x: Exports, view: DataView): PageCounts {
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
  return {
    numbers: Float64Array.from(order, (index) => unsorted[index] ?? 0),
    fetches: counts(kinds + 8 * x.KIND_FETCH.value),
    loads: counts(kinds + 8 * x.KIND_LOAD.value),
    stores: counts(kinds + 8 * x.KIND_STORE.value),
    modifies: counts(kinds + 8 * x.KIND_MODIFY.value),
    latest: counts(x.CENSUS_PAGE_LATEST.value),
    isCode: has(x.STREAM_FETCH.value),
    isData: has(x.STREAM_DATA.value),
  };
}

function readSizes(x: Exports, view: DataView): Census["sizes"] {
  const all = x.MAX_RECORD_BYTES.value + 1;
  const at = x.censusSizes() >>> 0;
  const sizes = Array.from({ length: all }, (_, bytes) => ({
    bytes,
    fetches: countAt(view, at + 8 * bytes),
    data: countAt(view, at + 8 * (all + bytes)),
  }));
  return sizes.filter(({ fetches, data }) => fetches + data > 0);
}

function readReuse(x: Exports, data: boolean, repeated: number): StreamReuse {
  const at = x.censusDistances(data) >>> 0;
  const found = Float64Array.from(new BigUint64Array(x.memory.buffer, at, x.censusDistanceCount(data)), Number);
  found[0] = (found[0] ?? 0) + repeated;
  return { found, cold: Number(x.censusCold(data)) };
}

function countAt(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
