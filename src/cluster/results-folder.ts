/**
 * Where the results of a plan's units are, a file each, which any number of processes on any number of computers write and read.
 *
 * A unit's file is there whole or not at all, and never replaced: who comes second keeps what is there. Nothing is locked, since who holds a lock
 * may die; a unit that two do at once is done twice, with the same result.
 */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import { UNIT_SCHEMA_NAME, type UnitResult } from "../experiment/merged.ts";
import type { Plan } from "../experiment/plan.ts";
import { InputError } from "../files/json-file.ts";
import { OutputError } from "../files/output.ts";

/** Which plan the results are of. */
const MARK = "plan.json";
/** Units whose files share a folder. */
const FOLDER_UNITS = 1000;

export class ResultsFolder {
  readonly path: string;
  readonly #plan: string;

  private constructor(path: string, plan: string) {
    this.path = path;
    this.#plan = plan;
  }

  /** The folder at `path`, made if it is not there. Rejects with OutputError if it cannot be written, with InputError if it is another plan's. */
  static async create(path: string, { hash }: Plan): Promise<ResultsFolder> {
    const folder = new ResultsFolder(path, hash);
    try {
      await mkdir(join(path, "tmp"), { recursive: true });
      await folder.#publish(MARK, `${JSON.stringify({ plan: hash })}\n`);
    } catch (error) {
      throw new OutputError(path, error);
    }
    await folder.#checkMark();
    return folder;
  }

  /** One that is there. Rejects with InputError if it is not, or is another plan's. */
  static async open(path: string, { hash }: Plan): Promise<ResultsFolder> {
    const folder = new ResultsFolder(path, hash);
    await folder.#checkMark();
    return folder;
  }

  async #checkMark(): Promise<void> {
    const path = join(this.path, MARK);
    let plan: unknown;
    try {
      ({ plan } = JSON.parse(await readFile(path, "utf8")));
    } catch (error) {
      throw new InputError(path, "", messageOf(error), "a folder of results, which pagewalk sweep PLAN makes");
    }
    if (plan !== this.#plan)
      throw new InputError(path, "plan", String(plan), `${this.#plan}: these are results of another plan`);
  }

  /** Numbers of the units that are done. */
  async done(): Promise<Set<number>> {
    const units = new Set<number>();
    for (const folder of await readdir(this.path)) {
      if (!/^\d+$/.test(folder)) continue;
      for (const name of await readdir(join(this.path, folder))) {
        const [, unit] = /^unit-(\d+)\.json$/.exec(name) ?? [];
        if (unit !== undefined) units.add(Number(unit));
      }
    }
    return units;
  }

  /** The result of `unit`; `null`: there is none. Rejects with InputError if it is not what it should be. */
  async read(unit: number): Promise<UnitResult | null> {
    const path = join(this.path, nameOf(unit));
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new InputError(path, "", messageOf(error), "the result of a unit");
    }
    const result = parse(text);
    if (result?.schema !== UNIT_SCHEMA_NAME)
      throw new InputError(path, "schema", String(result?.schema), UNIT_SCHEMA_NAME);
    if (result.plan !== this.#plan)
      throw new InputError(path, "plan", result.plan, `${this.#plan}: this is a result of another plan`);
    if (result.unit !== unit) throw new InputError(path, "unit", String(result.unit), String(unit));
    return result;
  }

  /** Adds a result; if one of its unit is there already, that stays. Rejects with OutputError. */
  async write(result: UnitResult): Promise<void> {
    try {
      await mkdir(join(this.path, folderOf(result.unit)), { recursive: true });
      await this.#publish(nameOf(result.unit), `${JSON.stringify(result)}\n`);
    } catch (error) {
      throw new OutputError(join(this.path, nameOf(result.unit)), error);
    }
  }

  /** Makes `name` a file of `text`, in one step, unless there is one. */
  async #publish(name: string, text: string): Promise<void> {
    const temporary = join(this.path, "tmp", randomUUID());
    try {
      const file = await open(temporary, "wx");
      try {
        await file.writeFile(text);
        await file.sync(); // a name that outlives a crash of the computer must not be that of an empty file
      } finally {
        await file.close();
      }
      await link(temporary, join(this.path, name)).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return;
        if (error.code === "ENOSPC" || error.code === "EDQUOT") throw error;
        await rename(temporary, join(this.path, name)); // a file system without links
      });
    } finally {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }
}

function folderOf(unit: number): string {
  return String(Math.floor(unit / FOLDER_UNITS)).padStart(4, "0");
}

function nameOf(unit: number): string {
  return `${folderOf(unit)}/unit-${String(unit).padStart(6, "0")}.json`;
}

function parse(text: string): UnitResult | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
