/** Whatever is asked of a pages-only trace, the answer is that of the text which it was made of. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeHere } from "../../src/decoding.ts";
import { type Config, info, openTrace, resolve, type SweepConfig, simulate, sweep } from "../../src/index.ts";
import { type Counters, Kernel } from "../../src/kernel/kernel.ts";
import { readingOf } from "../../src/decoding.ts";
import type { Trace } from "../../src/trace/trace.ts";
import type { Access } from "../reference/access.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { traceText } from "../helpers/traces.ts";
import { pagesFile } from "./pages-file.ts";
