/** What `map` lists. `--json` prints it as it is, one object a line. */

/** One page, or with `--merge` a run of pages that follow one another in both address spaces with equal rights. */
export interface Mapping {
  /** First virtual address, hexadecimal, sign-extended. */
  va: string;
  /** Physical address that it is mapped to, hexadecimal. */
  pa: string;
  /** Bytes: 4096, 2097152 or 1073741824; of a merged run, any multiple of 4096. */
  size: number;
  /** Rights combined over all levels. */
  write: boolean;
  user: boolean;
  execute: boolean;
  /** G, A and D of the leaf. */
  global: boolean;
  accessed: boolean;
  dirty: boolean;
  /** The leaf entry, hexadecimal; of a merged run, that of its first page. */
  entry: string;
}
