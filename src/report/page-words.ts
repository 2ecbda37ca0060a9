/** Page sizes of a run in words: one size, or several. */
import type { ResolvedConfig } from "../config/types.ts";
import { bytes, count, counted, percent, printable } from "./format.ts";
import type { MixedSizes, RunResult } from "./results.ts";
import type { Pair } from "./trace-words.ts";

/** A short name for the page sizes of `config`: `4K`, `thp`, `4K+huge`. */
export function pageSizeName({ pageSize, os }: Pick<ResolvedConfig, "pageSize" | "os">): string {
  return `${os?.thp == null ? pageSize : "thp"}${os === undefined || os.huge.length === 0 ? "" : "+huge"}`;
}

/** The page sizes of `config`: `4K pages, transparent huge pages, 2M in heap`. */
export function pageSizeWords({ pageSize, os }: Pick<ResolvedConfig, "pageSize" | "os">): string {
  const words = [`${pageSize} pages`];
  if (os?.thp != null) {
    const { available, khugepaged, khugepagedPages } = os.thp;
    const details = [
      ...(available < 1 ? [`blocks for ${percent(available)} of requests`] : []),
      ...(khugepaged > 0
        ? [`khugepaged every ${counted(khugepaged, "record")} from ${counted(khugepagedPages, "page")} on`]
        : []),
    ];
    words.push(`transparent huge pages${details.length === 0 ? "" : ` (${details.join(", ")})`}`);
  }
  for (const part of os?.huge ?? []) {
    words.push(`${part.pageSize} in ${"name" in part ? printable(part.name) : `${part.start} to ${part.end}`}`);
  }
  return words.join(", ");
}

/** What became of memory with pages of several sizes; `null`: it had one size. */
export function mixedSizePairs({ config, memory }: Pick<RunResult, "config" | "memory">): Pair[] | null {
  if (!hasMixedSizes(memory)) return null;
  const sizes = Object.entries(memory.mappedPages).filter(([, mapped]) => mapped > 0);
  const bySize = sizes.map(([pageSize, mapped]) => `${count(mapped)} of ${pageSize}`).join(", ");
  const { hugePages, promotions, demotions, distinctPages } = memory;
  return [
    ["memory", `${bytes(memory.mappedBytes)} mapped at the end${bySize === "" ? "" : `: pages ${bySize}`}`],
    [
      "huge pages",
      `${count(hugePages)} of ${counted(distinctPages, "first touch", "first touches")}, ${counted(promotions, "promotion")}, ` +
        counted(demotions, "demotion"),
    ],
    ...(memory.oneMapping && config.os?.thp != null ? [["note", ONE_MAPPING] as const] : []),
  ];
}

function hasMixedSizes(memory: RunResult["memory"]): memory is RunResult["memory"] & MixedSizes {
  return memory.mappedPages !== undefined;
}

const ONE_MAPPING =
  "no mappings are known (--maps): all memory was taken for one anonymous mapping, code and files, too";
