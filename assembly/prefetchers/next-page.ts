import { setPredicted } from "./predicted";

/**
 * The pages that follow the one that has missed. Smith, "Cache memories", ACM Computing Surveys 14(3), 1982,
 * doi:10.1145/356887.356892 (prefetch on miss); for TLBs: sequential prefetching in Kandiraju & Sivasubramaniam, "Going the
 * distance for TLB prefetching", ISCA 2002, doi:10.1109/ISCA.2002.1003578. It remembers nothing.
 */
@final
@unmanaged
export class NextPage {
  stateBytes(_rows: u32, _degree: u32): u32 {
    return 0;
  }

  reset(_state: usize, _rows: u32, _degree: u32): void {}

  miss(_state: usize, _rows: u32, degree: u32, page: u64, _pc: u64): u32 {
    for (let index: u32 = 0; index < degree; index++) setPredicted(index, page + <u64>index + 1);
    return degree;
  }
}
