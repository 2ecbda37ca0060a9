/** Errors of a part of an experiment or a plan, as errors of the whole. */
import { ConfigError } from "../errors.ts";

/** What `make` returns; a ConfigError is `placed()`. */
export function atPath<Value>(path: string, make: () => Value, remark = ""): Value {
  try {
    return make();
  } catch (error) {
    throw error instanceof ConfigError ? placed(error, path, remark) : error;
  }
}

/** `error` of what is at `path`, with `remark` behind what is allowed. */
export function placed({ option, got, allowed }: ConfigError, path: string, remark = ""): ConfigError {
  return new ConfigError(`${path}.${option}`, got, `${allowed}${remark}`);
}
