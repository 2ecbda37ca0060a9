/** What a run of the benches leaves. */
import type { TextResult } from "./decode.bench.ts";
import type { Environment } from "./environment.ts";
import type { MeasuredGroup } from "./groups.ts";
import type { Sizes } from "./pwt-sizes.ts";
import type { TaskResult } from "./tasks.ts";

export interface Results {
  environment: Environment;
  /** Ratios of two things that were measured in turn. */
  groups: MeasuredGroup[];
  /** Times of single things. */
  tasks: TaskResult[];
  text: TextResult[];
  /** Of each trace in each form. */
  sizes: Sizes[];
  /** Wrong counts, and measurements that are unsound. */
  failures: string[];
}
