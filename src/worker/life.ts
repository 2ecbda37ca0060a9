/**
 * Notices that a worker is gone where no event tells: a browser says nothing when a worker closes itself or is killed.
 * But it takes away the locks that the worker held (Web Locks API), and whoever waits for one of those then gets it.
 * Pages of an opaque origin or over plain http have no locks, and go on without.
 */

/** Holds the lock `name` as long as this thread lives. Resolves, when it is held, with true; with false if it cannot be. */
export function holdForLife(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const hold = () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    };
    request(name, hold).catch(() => resolve(false));
  });
}

/** Resolves when the thread that holds the lock `name` is gone; never if that cannot be told. */
export function endOfLife(name: string): Promise<void> {
  return new Promise((resolve) => {
    request(name, resolve).catch(() => undefined);
  });
}

/** A name that no other lock of this origin has; null where there are no locks. */
export function lockName(): string | null {
  return globalThis.navigator?.locks === undefined ? null : `pagewalk ${crypto.randomUUID()}`;
}

async function request(name: string, granted: () => unknown): Promise<void> {
  await navigator.locks.request(name, granted);
}
