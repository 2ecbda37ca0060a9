import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { DEFAULT_PORT } from "../../src/cli/lab-server.ts";
import { RUN_PAGE_SIZES } from "../../src/config/os-config.ts";
import { PRESETS } from "../../src/config/presets.ts";
import { FEATURE_DEFAULTS } from "../../src/config/processor.ts";
import { SWEEP_DEFAULTS } from "../../src/config/resolve.ts";
import { POLICIES } from "../../src/config/types.ts";
import { EXAMPLE_DEFAULTS } from "../../src/explain/example-process.ts";
import { REGISTER_DEFAULTS } from "../../src/tables-options.ts";
import { VERSION } from "../../src/version.ts";
import { failure, output, pagewalk, recorded } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 30_000 });

const TRACE = recorded("matmul24.native.lk.xz");
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

describe("wrong usage of run is told with status 2:", () => {
  it.each([
    ["--l1d 64:5", '--l1d: ways: got 5; allowed: "full" or a divisor of the 64 entries: 1, 2, 4, 8, 16, 32, 64'],
    ["--l1i 0:4", "--l1i: entries: got 0; allowed: a whole number from 1 to 16777216"],
    ["--stlb 16777217", "--stlb: entries: got 16777217; allowed: a whole number from 1 to 16777216"],
    ["--stlb 99999999999999999999:4", "--stlb: got 99999999999999999999:4; allowed: ENTRIES:WAYS, as 64:4"],
    ["--l1d -4:4", "--l1d: got -4:4; allowed: ENTRIES:WAYS, as 64:4, 1536:12 or 32:full"],
    ["--l1d 64:-4", "--l1d: got 64:-4; allowed: ENTRIES:WAYS"],
    ["--l1d 64:0", '--l1d: ways: got 0; allowed: "full" or a divisor'],
    ["--l1d 64:4:2", "--l1d: got 64:4:2; allowed: ENTRIES:WAYS"],
    ["--l1d 1.5:1", "--l1d: got 1.5:1; allowed: ENTRIES:WAYS"],
    ["--l1d=", "--l1d: got nothing; allowed: ENTRIES:WAYS"],
    ["--page-size 64K", "--page-size: got 64K; allowed: 4K, 2M, 1G, thp"],
    ["--page-size 8K", "--page-size: got 8K; allowed: 4K, 2M, 1G"],
    ["--policy mru", "--policy: got mru; allowed: lru, fifo"],
    ["--policy ./nowhere.mjs", "--policy: got ./nowhere.mjs, which cannot be loaded: "],
    ["--policy l3=lru", "--policy: got l3; allowed: a policy, or NAME=POLICY with one of l1i, l1d, stlb"],
    ["--prefetch nearest", "--prefetch: got nearest; allowed: next-page, stride, distance"],
    ["--prefetch stride:degree=99", "--prefetch: degree: got 99; allowed: a whole number from 1 to 64"],
    ["--cpu zen9", "--cpu: got zen9; allowed: zen1, zen2, zen3, zen4, or others: pagewalk cpus lists them"],
    ["--cpu skylaek", "--cpu: got skylaek; allowed: skylake, "],
    ["--cpu constructor", "--cpu: got constructor; allowed: "],
    ["--cpu no/such.json", "--cpu: got no/such.json; allowed: a description of a CPU, but it cannot be read: ENOENT"],
    ["--cpu package.json", "--cpu: package.json: schema: got nothing; allowed: pagewalk/cpu@1"],
    ["--cpu README.md/", "--cpu: got README.md/; allowed: a description of a CPU, but it cannot be read: ENOTDIR"],
    ["--psc pde", "--psc: got pde; allowed: pde=32,pdpte=4,pml4e=2, or none"],
    ["--psc pde=x", "--psc: got pde=x; allowed: pde=32,pdpte=4,pml4e=2, or none"],
    ["--psc pde=-1", "--psc: got pde=-1; allowed: pde=32,pdpte=4,pml4e=2, or none"],
    ["--psc pte=3", "--psc: pte: got 3; allowed: pde, pdpte or pml4e"],
    ["--psc pde=65537", "--psc: pde: got 65537; allowed: a whole number from 0 to 65536"],
    ["--format dino", "--format: got dino; allowed: lackey, "],
    ["--lid 64:4", "unknown option '--lid'\n(Did you mean --l1d?)"],
    ["--page-sizes 4K", "unknown option '--page-sizes'\n(Did you mean --page-size?)"],
    ["--l1d", "option '--l1d <entries:ways>' argument missing"],
    ["--json --csv", "option '--json' cannot be used with option '--csv'"],
    ["--by cause", "--by: got cause; allowed: region, page, pc, kind"],
    ["--by region", "--by: got region, and no regions; allowed: it with --regions or --maps: a copy of /proc/PID/maps"],
    ["--by page, --csv", "--by: got nothing; allowed: region, page, pc, kind"],
    ["--interval 0", "--interval: got 0; allowed: a whole number from 1 to 2^53"],
    ["--interval 1k --by pc --csv", "--csv prints one table: with --by who missed, with --interval the series"],
    ["--top 0", "option '--top <n>' argument '0' is invalid. Expected 1 to 1000000."],
    ["--cost fast", "--cost: got fast; allowed: flat, cached"],
    ["--cost flat,memory=3", "--cost: got memory=3; allowed: of flat: NAME=N, whole numbers, with tlb2, tlb3"],
    ["--cost cached,walkers=0", "--cost: walkers: got 0; allowed: a whole number from 1 to 64"],
    ["--events", "--events: got generic; allowed: a real CPU with --cpu: sandy-bridge, ivy-bridge, haswell"],
    [`--compare p.txt ${TRACE}`, "--compare: got p.txt; allowed: one trace, merged"],
    ["--compare p.txt --threads separate", "--compare: got p.txt; allowed: one trace, merged"],
  ])("%s", async (options, message) => {
    expect(await failure(2, ["run", TRACE, ...options.split(" ")])).toContain(`pagewalk: ${message}`);
  });
});

describe("wrong usage of sweep is told with status 2:", () => {
  it.each([
    [
      "--entries 0",
      "--entries: got 0; allowed: numbers from 1, ranges up that double, as 16..4096 or 16,48,64..1024, and of every",
    ],
    ["--entries 64..16", "--entries: got 64..16; allowed: numbers from 1, ranges up that double"],
    ["--entries 16..", "--entries: got 16..; allowed: numbers from 1, ranges up that double"],
    ["--entries auto,64", "--entries: got auto,64; allowed: numbers from 1"],
    ["--entries 16-8", "--entries: got 16-8; allowed: numbers from 1, ranges up that double"],
    ["--entries 16,,32", "--entries: got 16,,32; allowed: numbers from 1, ranges up that double"],
    ["--entries 16777217", "--entries: got 16777217; allowed: a whole number from 1 to 16777216"],
    ["--entries 1..99999999999", "--entries: got 33554432; allowed: a whole number from 1 to 16777216"],
    ["--entries 1-99999999999", "--entries: got 1-99999999999; allowed: a range of at most 16777216 numbers"],
    [
      "--entries 1-2000000 --ways full",
      "--entries: got more than 1000000 points; allowed: at most 1000000 in one sweep",
    ],
    ["--entries auto --ways 4", "--ways: got 4; allowed: full, where entries are auto"],
    ["--entries auto --policies fifo", "--policies: got fifo; allowed: lru, where entries are auto"],
    ["--entries 64 --sets 4", "--sets: got entries as well; allowed: either entries or sets, with ways"],
    ["--sets 4 --ways full", "--ways: got full; allowed: numbers, where sets are given"],
    ["--sets x", "--sets: got x; allowed: numbers from 1, ranges up that double"],
    ["--ways 0", "--ways: got 0; allowed: numbers from 1, ranges up that double"],
    ["--ways four", "--ways: got four; allowed: numbers from 1, ranges up that double"],
    ["--entries 16,32 --ways 3,5", "--ways: got 3, 5; allowed: at least one divisor of the entries 16, 32"],
    [
      "--geometry 64:4,48:5",
      '--geometry: item 2: ways: got 5; allowed: "full" or a divisor of the 48 entries: 1, 2, 3',
    ],
    ["--geometry 64:4,x", "--geometry: item 2: got x; allowed: ENTRIES:WAYS"],
    [
      "--geometry 64:4 --entries 64",
      "--geometry: got entries as well; allowed: this alone, or entries or sets with ways",
    ],
    ["--geometry 64:4 --ways 4", "--geometry: got ways as well; allowed: this alone, or entries or sets with ways"],
    [
      "--stlb 1536:12 --geometry 64:4",
      "--geometry: got stlb as well; allowed: this alone, or entries or sets with ways",
    ],
    ["--stlb 1536:11", "--stlb: item 1: ways: got 11; allowed"],
    ["--l1d 64:5", "--l1d: ways: got 5; allowed"],
    ["--l1i 64:4", "--l1i: got 64:4; allowed: none, where the stream is data"],
    ["--l1d 64:4 --stream fetch", "--l1d: got 64:4; allowed: none, where the stream is fetch"],
    ["--flush-every 0", "--flush-every: got 0; allowed: a whole number of records from 1"],
    ["--check few", "--check: got few; allowed: a whole number from 0, or all"],
    ["--index hash", "--index: got hash; allowed: modulo, xor"],
    ["--index xor --geometry 48:16", "--index: got xor; allowed: modulo, where no number of sets is a power of two"],
    ["--page-sizes 4K,thp", "--page-sizes: got thp; allowed: 4K, 2M, 1G"],
    ["--policies lru,", `--policies: got nothing; allowed: ${POLICIES.join(", ")}`],
    ["--stream both", "--stream: got both; allowed: data, fetch, all"],
    ["--svg -", "option '--svg <file>' argument '-' is invalid. Expected a file name."],
    ["--svg ./same -o same", "--svg and --output name the same file"],
    ["--jobs 0", "option '-j, --jobs <n>' argument '0' is invalid. Expected 1 to 1024."],
    ["--jobs all", "option '-j, --jobs <n>' argument 'all' is invalid. Expected 1 to 1024."],
    ["--page-size 4K", "--page-size: got 4K; allowed: nothing without --cpu; --page-sizes of points"],
  ])("%s", async (options, message) => {
    expect(await failure(2, ["sweep", TRACE, ...options.split(" ")])).toContain(`pagewalk: ${message}`);
  });
});

describe("a wrong command line is told with status 2:", () => {
  it.each([
    ["no trace", ["run"], "missing required argument 'trace'"],
    ["an empty name", ["run", ""], "Expected a file name, or - for standard input."],
    ["standard input twice", ["run", "-", "-"], "Standard input can be read only once."],
    ["a mistyped command", ["swep", TRACE], "unknown command 'swep'\n(Did you mean sweep?)"],
    ["no command", [TRACE], `unknown command '${TRACE}'`],
    ["options before a trace that is not there", ["run", "no.lk", "--l1d", "64:5"], "--l1d: ways: got 5"],
    ["a format before a trace that is not there", ["info", "no.lk", "--format", "dino"], "--format: got dino"],
  ])("%s", async (_, args, message) => {
    expect(await failure(2, args)).toContain(message);
  });

  it("says where help is", async () => {
    expect(await failure(2, ["run"])).toMatch(/\n\(--help tells the commands and options\)\n$/);
  });

  it("names the commands where there is none", async () => {
    const { status, stdout, stderr } = await pagewalk([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/Usage: pagewalk.*\brun\b.*\bsweep\b.*\binfo\b/s);
  });

  it("shows control characters of options as text", async () => {
    expect(await failure(2, ["run", TRACE, "--cpu", "\x1b[2J"])).not.toContain("\x1b");
  });
});

describe("help", () => {
  const { l1i, l1d, stlb } = PRESETS.generic;
  const OUTPUT = [
    "--json",
    "--csv",
    "-o, --output <file>",
    "--format <name>",
    "--columns <list>",
    "-q, --quiet",
    "-h, --help",
  ];
  const TABLES = ["--memory", "--memory-format", "--cr3", "--la57", "--efer", "--maxphyaddr", "--no-1g"];
  const BY_CONTENT = "(default: by content)";
  const READING = ["--columns", "--skip", "--limit", "--unit", "--threads"];
  const LIVE = [...READING, "--recorder"];
  const OPTIONS: Record<string, string[]> = {
    run: [
      "--cpu",
      "--l1i",
      "--l1d",
      "--stlb",
      "--psc",
      "--policy",
      "--page-size",
      ...["--cost <model>", "--compare <file>", "--events"],
      ...["--memory", "--swap", "--reclaim", "--seed", "--huge", "--thp-available", "--khugepaged <records>"],
      ...["--khugepaged-pages", "--switch-every", "--pcid", "--kpti", "--system-calls", "--maps <file>"],
      ...["--by <list>", "--interval <records>", "--regions <file>", "--top <n>", "--ascii"],
      ...["--nested", "--nested-tlb", "--nested-psc", "--prefetch"],
      "--jobs",
      ...LIVE,
      "--warmup",
      ...OUTPUT,
    ],
    sweep: [
      ...["--cpu <list>", "--page-size <size>"],
      ...["--entries", "--sets", "--ways", "--geometry", "--page-sizes", "--policies", "--index", "--stream"],
      ...["--l1i", "--l1d", "--stlb", "--flush-every", "--check", "--svg", "--jobs", "--ascii"],
      ...["--shard <i/n>", "--results <folder>"],
      ...[...LIVE, "--warmup", ...OUTPUT],
    ],
    plan: ["-o, --output <file>", "--json", "-q, --quiet", "-h, --help"],
    merge: ["--partial", "--csv [table]", "-o, --output <file>", "-h, --help"],
    submit: [
      ...["--slurm", "--dry-run", "--shards", "--account", "--partition", "--time", "--memory", "--cpus", "--again"],
      ...["--results <folder>", "-o, --output <file>", "-h, --help"],
    ],
    status: ["--json", "-h, --help"],
    report: ["-o, --output <file>", "--title <text>", "--markdown", "-h, --help"],
    diff: ["--json", "--csv", "--top <n>", "--exit-code", "-o, --output <file>", "-h, --help"],
    advise: [
      ...["--cpu", "--l1i", "--l1d", "--stlb", "--psc", "--policy", "--maps <file>", "--top <n>", "--jobs"],
      ...["--skip", "--limit", "--unit", "--threads", "--warmup", ...OUTPUT],
    ],
    info: ["--regions <file>", "--repair <file>", "--ascii", ...LIVE, ...OUTPUT],
    record: [
      ...["-o, --output <file>", "--to", "--recorder", "--skip", "--limit", "--unit", "--stop", "--list"],
      ...["-q, --quiet", "-h, --help"],
    ],
    convert: [
      ...["--to", "--format <name>", ...READING, "--stream"],
      ...["--pages-only", "--compression <name>", "--level <number>", "--lossy"],
      ...["--json", "-q, --quiet", "-h, --help"],
    ],
    explain: [
      ...[
        "--access",
        "--user",
        "--supervisor",
        "--stack",
        "--entry",
        ...TABLES,
        "--cr0",
        "--cr4",
        "--rflags",
        "--pkru",
        "--pkrs",
      ],
      ...["--json", "-o, --output <file>", "-h, --help"],
    ],
    map: [
      ...[...TABLES, "--merge", "--summary", "--json", "--csv", "-o, --output <file>", "-q, --quiet", "-h, --help"],
    ],
    cpus: ["--json", "--csv", "-o, --output <file>", "-h, --help"],
    lab: ["--port <number>", "-h, --help"],
  };
  const DEFAULTS: Record<string, string[]> = {
    run: [
      "(default: generic)",
      `(default: ${l1i.value})`,
      `(default: ${l1d.value})`,
      `(default: ${stlb.value})`,
      "(default: pde=32,pdpte=4,pml4e=2)",
      `or a file of one's own: ${POLICIES.join(", ")} (default: lru)`,
      `page size: ${RUN_PAGE_SIZES.join(", ")} (transparent huge pages) (default: 4K)`,
      ...["region, page, pc, kind", "(default: those in a .pwt)", "(default: 20)"],
      BY_CONTENT,
    ],
    sweep: [
      ...Object.values(SWEEP_DEFAULTS).map((value) => `(default: ${value})`),
      "(default: none)",
      `(default: none; with --l1d or --stlb, unless the stream is data: ${l1i.value})`,
      `(default: none; with --l1i or --stlb, unless the stream is fetch: ${l1d.value})`,
      "(default: one for each core, at most 6)",
      BY_CONTENT,
    ],
    diff: ["(default: 20)"],
    plan: ["(default: beside the experiment, as NAME.plan.json)"],
    report: ["(default: that of the experiment)"],
    advise: ["(default: recorded, else inferred)", "(default: 8)", `(default: ${stlb.value})`, BY_CONTENT],
    info: [BY_CONTENT],
    record: ["(default: auto)", "(default: 0)", "(default: all)", "(default: records)"],
    convert: [
      BY_CONTENT,
      "(default: by the name of the output)",
      "fetch, all (default: all)",
      "(default: deflate)",
      "(default: 1 for",
    ],
    explain: [
      BY_CONTENT,
      ...(["cr0", "efer", "rflags"] as const).map((name) => `${REGISTER_DEFAULTS[name]})`),
      `else ${REGISTER_DEFAULTS.cr4}; ${EXAMPLE_DEFAULTS.cr4} without dump)`,
      `(default: ${FEATURE_DEFAULTS.maxPhyAddr}; ${EXAMPLE_DEFAULTS.maxPhyAddr} without dump)`,
    ],
    map: [BY_CONTENT, `(default: ${REGISTER_DEFAULTS.efer})`, `(default: ${FEATURE_DEFAULTS.maxPhyAddr})`],
    lab: [`(default: ${DEFAULT_PORT}, or a free one where that is taken)`],
  };

  it.each(Object.keys(OPTIONS))("of %s names every option with its default", async (command) => {
    const text = await output([command, "--help"]);
    const flags = [...text.matchAll(/^ {2}(-.*?)(?: {2}|$)/gm)].map(([, flag]) => flag);
    expect(flags).toHaveLength(OPTIONS[command]?.length ?? 0);
    const words = text.replace(/\s+/g, " ");
    for (const expected of [...(OPTIONS[command] ?? []), ...(DEFAULTS[command] ?? [])])
      expect(words).toContain(expected);
    expect(text).toMatch(/\nExamples?:\n {2}.*pagewalk/);
    expect(await output(["help", command])).toBe(text);
  });

  it("of the program names every command", async () => {
    const text = await output(["--help"]);
    const commands = [...text.matchAll(/^ {2}(\w+) \[/gm)].map(([, command]) => command);
    expect(commands).toEqual([...Object.keys(OPTIONS), "help"]);
  });
});

describe("--version", () => {
  it("is the version of the package, on one line", async () => {
    expect(await output(["--version"])).toBe(`${version}\n`);
  });

  it("is what the library says", () => {
    expect(VERSION).toBe(version);
  });
});
