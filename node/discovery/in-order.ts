/**
 * So many are under way at a time: most of them wait for the signer's DID document, or for the thread that checks signatures,
 * which has two messages of 32 at a time. The others are what it goes on with while a group is taken here.
 */
const window = 160
/** So many are given at once, so that they can be stored in one write. */
const groupSize = 64

/** Entries some at a time, and what is said at the end of all. */
interface Pages<Entry, End> {
  next(): IteratorResult<readonly Entry[], End> | Promise<IteratorResult<readonly Entry[], End>>
}

/**
 * What `examine` says of each entry of each page, in their order, in groups; the last group when the pages have ended, also
 * when they end in a fault, which is thrown then. While a group is dealt with the next entries are under way, those of the
 * next page too. `examine` must not throw. Returns what the pages returned.
 */
export async function* examineInOrder<Entry, Examined, End>(
  pages: Pages<Entry, End>,
  examine: (entry: Entry) => Promise<Examined>,
): AsyncGenerator<readonly Examined[], End> {
  const underway: Promise<Examined>[] = []
  let entries: Iterator<Entry> = [].values()
  let turning: Promise<void> | undefined
  let end: (() => End) | undefined

  async function turn(): Promise<void> {
    try {
      const step = await pages.next()
      if (step.done === true) end = () => step.value
      else entries = step.value.values()
    } catch (fault) {
      end = () => {
        throw fault
      }
    }
    turning = undefined
  }

  function fill(): void {
    while (underway.length < window && turning === undefined && end === undefined) {
      const next = entries.next()
      if (next.done === true) turning = turn()
      else underway.push(examine(next.value))
    }
  }

  let group: Examined[] = []
  for (;;) {
    fill()
    const first = underway.shift()
    if (first !== undefined) group.push(await first)
    // When nothing is under way the next page is waited for: what is known is dealt with before.
    if (group.length === groupSize || (group.length > 0 && underway.length === 0)) {
      yield group
      group = []
    } else if (underway.length === 0) {
      if (end !== undefined) return end()
      await turning
    }
  }
}
