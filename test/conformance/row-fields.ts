/** Fields of a row by their type. */

/** A row that is no row. `message` says what is wrong with it, not where it is. */
export class RowError extends Error {}

export class RowFields {
  readonly #row: Record<string, unknown>;

  constructor(row: unknown) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) throw new RowError("expected an object");
    this.#row = row as Record<string, unknown>;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#row, name);
  }

  /** Whether the field is there and not `null`. */
  tells(name: string): boolean {
    return this.has(name) && this.#row[name] !== null;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.#raw(name);
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new RowError(`${name}: got ${JSON.stringify(value)}; expected ${min}..${max}`);
  }

  nullable(name: string, min: number, max: number): number | null {
    return this.#raw(name) === null ? null : this.integer(name, min, max);
  }

  string(name: string): string {
    const value = this.#raw(name);
    if (typeof value === "string") return value;
    throw new RowError(`${name}: got ${JSON.stringify(value)}; expected text`);
  }

  strings(name: string): string[] {
    const value = this.#raw(name);
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    throw new RowError(`${name}: got ${JSON.stringify(value)}; expected an array of texts`);
  }

  bigint(name: string): bigint {
    return toBigint(name, this.#raw(name));
  }

  bigints(name: string): bigint[] {
    const value = this.#raw(name);
    if (!Array.isArray(value)) throw new RowError(`${name}: got ${JSON.stringify(value)}; expected an array`);
    return value.map((item) => toBigint(name, item));
  }

  #raw(name: string): unknown {
    if (!this.has(name)) throw new RowError(`${name}: missing`);
    return this.#row[name];
  }
}

function toBigint(name: string, value: unknown): bigint {
  if (typeof value === "string" && /^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt(value);
  throw new RowError(`${name}: got ${JSON.stringify(value)}; expected 0x and up to 16 hexadecimal digits`);
}
