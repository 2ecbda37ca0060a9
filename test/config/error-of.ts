import { ConfigError } from "../../src/errors.ts";

/** The ConfigError that `action` must throw. */
export function errorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("a ConfigError was expected");
}
