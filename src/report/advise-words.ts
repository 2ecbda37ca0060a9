/**
 * What to do so that a program's memory lies on larger pages, for who runs Linux on x86-64.
 *
 * Sources: Linux, Documentation/admin-guide/mm/transhuge.rst, "sysfs" (enabled, shmem_enabled, huge= of tmpfs), and
 * hugetlbpage.rst (nr_hugepages, hugepagesz= and hugepages= at boot); madvise(2), MADV_HUGEPAGE; mmap(2), MAP_HUGETLB and
 * MAP_HUGE_1GB; mm/Kconfig, READ_ONLY_THP_FOR_FS. GNU C Library manual, "Memory Allocation Tunables", glibc.malloc.hugetlb
 * (since 2.35): 1 has malloc() call madvise(), 2 has it take pages of hugetlbfs, of their usual size, and any other number of
 * that size. GNU ld manual, -z max-page-size. github.com/intel/iodlr: text that is remapped when the program starts.
 */
import type { PageSize } from "../config/types.ts";
import type { AdvisedPlan, AdvisedRegion, RegionKind } from "./advising.ts";

/** Where Linux is told who has transparent huge pages: always, madvise, never. */
export const ENABLED = "/sys/kernel/mm/transparent_hugepage/enabled";
const RESERVE_2M = "reserve them in /proc/sys/vm/nr_hugepages";

/** How each kind of memory gets onto pages of 2 MiB: the way that changes least first. */
const ON_2M: Record<RegionKind, readonly string[]> = {
  heap: [
    "without a change (glibc 2.35 or later): GLIBC_TUNABLES=glibc.malloc.hugetlb=1 PROGRAM",
    "in an allocator of your own: align its memory to 2 MiB, and madvise(p, n, MADV_HUGEPAGE) before it is touched",
    `both need madvise or always in ${ENABLED}; pages that are reserved do not: glibc.malloc.hugetlb=2, and ${RESERVE_2M}`,
  ],
  anonymous: [
    "if malloc() mapped it, as it does blocks of 128 KiB and more: GLIBC_TUNABLES=glibc.malloc.hugetlb=1 PROGRAM (glibc 2.35 or later)",
    "if the program did: align it to 2 MiB, and madvise(p, n, MADV_HUGEPAGE) before it is touched",
    `both need madvise or always in ${ENABLED}; mmap(..., MAP_HUGETLB) does not, but pages: ${RESERVE_2M}`,
  ],
  stack: [
    "large arrays do not belong there: move them into memory of aligned_alloc(2 << 20, n), and madvise(p, n, MADV_HUGEPAGE)",
  ],
  text: [
    "link with -Wl,-z,max-page-size=2097152 so that the code begins at 2 MiB; a kernel with CONFIG_READ_ONLY_THP_FOR_FS then " +
      "puts it on huge pages after madvise(start, n, MADV_HUGEPAGE)",
    "or remap it when the program starts, as the library of github.com/intel/iodlr does",
  ],
  library: [
    "link what is hot into the program, statically, and put its code on huge pages: -Wl,-z,max-page-size=2097152 and a kernel " +
      "with CONFIG_READ_ONLY_THP_FOR_FS, or github.com/intel/iodlr",
  ],
  data: ["move large static arrays into memory of aligned_alloc(2 << 20, n), and madvise(p, n, MADV_HUGEPAGE)"],
  file: [
    "put the file on a tmpfs that is mounted with huge=within_size",
    "or read it into anonymous memory, aligned to 2 MiB, with madvise(p, n, MADV_HUGEPAGE)",
  ],
  system: [],
};

const ON_1G = [
  "reserve pages of 1 GiB at boot: hugepagesz=1G hugepages=N on the kernel's command line",
  "map it with mmap(..., MAP_HUGETLB | MAP_HUGE_1GB); of malloc(): GLIBC_TUNABLES=glibc.malloc.hugetlb=1073741824 PROGRAM",
];

const TRANSPARENT = [
  `echo always > ${ENABLED}, as root: for all programs and all their anonymous memory`,
  "or madvise there, and GLIBC_TUNABLES=glibc.malloc.hugetlb=1 PROGRAM for the heap of this one (glibc 2.35 or later)",
];

/** What to do for `plan`: sentences, the easiest first. */
export function adviceFor({ regions, options }: AdvisedPlan): readonly string[] {
  if (options.pageSize === "thp") return TRANSPARENT;
  const all = regions.flatMap(({ kind, pageSize }) => adviceOn(kind, pageSize));
  return [...new Set(all)];
}

function adviceOn(kind: RegionKind, pageSize: PageSize): readonly string[] {
  return pageSize === "1G" ? ON_1G : ON_2M[kind];
}

/** What kinds of regions are called. */
const KIND_WORDS: Record<RegionKind, string> = {
  heap: "heap",
  anonymous: "anonymous",
  stack: "stack",
  text: "code",
  library: "library",
  data: "static data",
  file: "file",
  system: "system",
};

export function kindWord(kind: AdvisedRegion["kind"]): string {
  return kind === null ? "unknown" : KIND_WORDS[kind];
}
