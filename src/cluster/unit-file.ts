/** A unit's file: what stands in it, and what tells that it does so whole. */
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { UNIT_SCHEMA_NAME, type UnitMeasurement, type UnitResult } from "../experiment/unit-result.ts";
import { InputError } from "../files/json-file.ts";
import type { PlannedResult } from "../report/merged-result.ts";

/** Bytes that hold the fields before the results. */
const HEAD_BYTES = 512;
const END = "}\n";

/** What a file says before its results. */
export type UnitHead = Omit<UnitResult, "results" | "measured">;

/** The result of a unit of the plan whose hash is `plan`. */
export function unitResult(
  plan: string,
  unit: number,
  results: PlannedResult[],
  measured: UnitMeasurement,
): UnitResult {
  return { schema: UNIT_SCHEMA_NAME, plan, unit, digest: digestOf(results), results, measured };
}

function digestOf(results: readonly PlannedResult[]): string {
  return createHash("sha256").update(JSON.stringify(results)).digest("hex");
}

/** The text of a unit's file: a line, on which the results come behind what `headOf()` reads. */
export function unitText({ schema, plan, unit, digest, results, measured }: UnitResult): string {
  return `${JSON.stringify({ schema, plan, unit, digest, results, measured })}\n`;
}

/** The result in `text` of the file at `path`. Throws InputError unless it is that of `unit` of the plan whose hash is `plan`, whole and unchanged. */
export function parseUnit(path: string, text: string, plan: string, unit: number): UnitResult {
  let result: UnitResult;
  try {
    result = JSON.parse(text);
  } catch {
    throw new InputError(path, "", kindOf(text), WHOLE);
  }
  check(path, result, plan, unit);
  if (!Array.isArray(result.results)) throw new InputError(path, "results", typeof result.results, "results");
  const digest = digestOf(result.results);
  if (digest !== result.digest)
    throw new InputError(
      path,
      "digest",
      digest,
      `${result.digest}: it was changed; remove it, and pagewalk sweep PLAN does the unit again`,
    );
  return result;
}

/** What the open `file` says before its results, if it also ends as it should. Rejects with InputError as `parseUnit()` throws it. */
export async function headOf(path: string, file: FileHandle, plan: string, unit: number): Promise<UnitHead> {
  const { size } = await file.stat();
  const read = async (from: number, bytes: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
    return buffer.toString("utf8", 0, bytesRead);
  };
  const text = await read(0, HEAD_BYTES);
  const end = await read(Math.max(0, size - END.length), END.length);
  const [before] = text.split(',"results":[', 1);
  let head: UnitHead;
  try {
    head = JSON.parse(`${before}}`);
  } catch {
    throw new InputError(path, "", kindOf(text), WHOLE);
  }
  check(path, head, plan, unit);
  if (end !== END) throw new InputError(path, "", `${size} bytes, of which the last are missing`, WHOLE);
  return head;
}

const WHOLE = "the result of a unit, whole";

function kindOf(text: string): string {
  return text === "" ? "an empty file" : text.startsWith('{"schema":') ? "a part of a result" : "something else";
}

function check(path: string, head: Partial<UnitHead> | null, plan: string, unit: number): void {
  if (head?.schema !== UNIT_SCHEMA_NAME) throw new InputError(path, "schema", String(head?.schema), UNIT_SCHEMA_NAME);
  if (head.plan !== plan)
    throw new InputError(path, "plan", String(head.plan), `${plan}: this is a result of another plan`);
  if (head.unit !== unit) throw new InputError(path, "unit", String(head.unit), String(unit));
}
