/** Work that must not overlap. */
export interface Turns {
  /**
   * Runs `work` when everything that was given under this name before has ended, however it ended, and returns what it
   * returns. Work under other names does not wait. Holds within this process only.
   * @throws what `work` throws
   */
  take<T>(name: string, work: () => Promise<T>): Promise<T>
}

/** Makes turns that nobody has taken. Work that takes a turn under its own name waits for itself, for ever. */
export function createTurns(): Turns {
  const ends = new Map<string, Promise<unknown>>()
  return {
    take(name, work) {
      const result = (ends.get(name) ?? Promise.resolve()).then(work)
      // Whoever comes next waits for the end, whatever it is; the caller hears of a failure.
      const end: Promise<unknown> = result
        .catch(() => undefined)
        .finally(() => {
          if (ends.get(name) === end) ends.delete(name)
        })
      ends.set(name, end)
      return result
    },
  }
}
