/**
 * What a link to the page says, and nothing else: which view, and what is set there. Sections begin with `trace`,
 * `machine` or `sweep`; what follows belongs to the section, under the names that the command line has for it:
 *
 *   #trace=lua_bt7.lk.zst&machine=small&l1d=16:4&stlb=64:4&machine=big&stlb=3072:12&sweep=&entries=16..4096
 *   #explain=0x0000800000001234&access=write&entry=0x2a6a7ff8=0x63
 *
 * A link is from outside: its values are text here, which who uses them checks as any other input.
 */
import { type ConfigOptions, optionName, optionsSet, RUN_OPTIONS, SWEEP_OPTIONS } from "../config/options.ts";
import type { Config, SweepConfig } from "../config/types.ts";
import { ACCESS_KINDS, PRIVILEGES } from "../explain/options.ts";
import type { ExplainedAccess } from "../report/explanation.ts";

/** A machine of the experiment, and what its results are called. */
export interface NamedMachine {
  name: string;
  /** As the user wrote it: text, perhaps wrong. */
  config: Config;
}

/** What is set in the experiment view. */
export interface ExperimentState {
  view: "experiment";
  /** Names of bundled traces or of the user's own files. */
  traces: string[];
  machines: NamedMachine[];
  /** `null`: none is asked for, which a link says as `sweep=none`. */
  sweep: SweepConfig | null;
}

/** What is set in the explain view. */
export interface ExplainState {
  view: "explain";
  /** As the user wrote it. */
  address: string;
  access: ExplainedAccess["kind"];
  privilege: ExplainedAccess["privilege"];
  la57: boolean;
  /** Entries of page tables that hold another value: physical address and value, hexadecimal. */
  entries: (readonly [physicalAddress: string, entry: string])[];
}

/** What a link can say. */
export type PageState = ExperimentState | ExplainState;

/** Machines, traces and changed entries that a link may have: more are left out. */
export const LINK_LIMITS = { traces: 16, machines: 16, entries: 64 } as const;

/** What a link says in place of a sweep where none is asked for. */
const NO_SWEEP = "none";

/** What the explain view shows where a link says nothing else. */
export const EXPLAIN_DEFAULTS: ExplainState = {
  view: "explain",
  address: "0x0000800000001234",
  access: "read",
  privilege: "user",
  la57: false,
  entries: [],
};

/** The state that the part of a URL from `#` on says; parts that mean nothing are ignored. */
export function parseHash(hash: string): PageState {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  return params.has("explain") ? parseExplain(params) : parseExperiment(params);
}

/** The hash of `state`, from `#` on: what is as it is unasked is left out. */
export function formatHash(state: PageState): string {
  const pairs = state.view === "explain" ? explainPairs(state) : experimentPairs(state);
  const text = pairs.map(pairText).join("&");
  return text === "" ? "" : `#${text}`;
}

type Pairs = (readonly [name: string, value: string])[];

function parseExperiment(params: URLSearchParams): ExperimentState {
  const state: ExperimentState = { view: "experiment", traces: [], machines: [], sweep: {} };
  let section: { names: ReadonlyMap<string, string>; values: Record<string, unknown> } | null = null;
  for (const [name, value] of params) {
    if (name === "trace") {
      section = null;
      if (state.traces.length < LINK_LIMITS.traces) state.traces.push(value);
    } else if (name === "machine") {
      const config: Config = {};
      if (state.machines.length < LINK_LIMITS.machines) state.machines.push({ name: value, config });
      section = { names: RUN_NAMES, values: config as Record<string, unknown> };
    } else if (name === "sweep") {
      const config: SweepConfig = {};
      state.sweep = value === NO_SWEEP ? null : config;
      section = { names: SWEEP_NAMES, values: config as Record<string, unknown> };
    } else {
      const option = section?.names.get(name);
      if (section !== null && option !== undefined) section.values[option] = value;
    }
  }
  return state;
}

function experimentPairs({ traces, machines, sweep }: ExperimentState): Pairs {
  const swept = sweep === null ? [] : optionsSet(sweep, SWEEP_OPTIONS);
  return [
    ...traces.map((trace) => ["trace", trace] as const),
    ...machines.flatMap(({ name, config }) => [["machine", name] as const, ...optionsSet(config, RUN_OPTIONS)]),
    ...(sweep === null ? [["sweep", NO_SWEEP] as const] : []),
    ...(swept.length === 0 ? [] : [["sweep", ""] as const, ...swept]),
  ];
}

function parseExplain(params: URLSearchParams): ExplainState {
  const [access, privilege] = [params.get("access"), params.get("privilege")];
  const entries = params.getAll("entry").slice(0, LINK_LIMITS.entries);
  return {
    view: "explain",
    address: params.get("explain") || EXPLAIN_DEFAULTS.address,
    access: ACCESS_KINDS.find((kind) => kind === access) ?? EXPLAIN_DEFAULTS.access,
    privilege: PRIVILEGES.find((each) => each === privilege) ?? EXPLAIN_DEFAULTS.privilege,
    la57: params.has("la57"),
    entries: entries.flatMap((text) => {
      const [physicalAddress = "", entry = "", ...rest] = text.split("=");
      return physicalAddress !== "" && entry !== "" && rest.length === 0 ? [[physicalAddress, entry] as const] : [];
    }),
  };
}

function explainPairs({ address, access, privilege, la57, entries }: ExplainState): Pairs {
  return [
    ["explain", address],
    ...(access === EXPLAIN_DEFAULTS.access ? [] : [["access", access] as const]),
    ...(privilege === EXPLAIN_DEFAULTS.privilege ? [] : [["privilege", privilege] as const]),
    ...(la57 ? [["la57", ""] as const] : []),
    ...entries.map(([physicalAddress, entry]) => ["entry", `${physicalAddress}=${entry}`] as const),
  ];
}

/** Names in links to names in configurations. */
function linkNames(options: ConfigOptions): ReadonlyMap<string, string> {
  return new Map(Object.entries(options).map(([name, option]) => [optionName(option), name]));
}

const RUN_NAMES = linkNames(RUN_OPTIONS);
const SWEEP_NAMES = linkNames(SWEEP_OPTIONS);

/** As in a query, but what needs no escape behind `#` stays readable. */
function pairText([name, value]: Pairs[number]): string {
  const text = new URLSearchParams([[name, value]]).toString();
  return text.replace(/%(3A|2C|2F)/g, (code) => decodeURIComponent(code));
}
