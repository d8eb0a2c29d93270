/**
 * So many are under way at a time: most of them wait for the signer's DID document, or for the thread that checks signatures,
 * which has two messages of 32 at a time while as many are read here.
 */
const window = 96
/** So many are given at once, so that they can be stored in one write. */
const groupSize = 64

/**
 * What `examine` says of each entry, in the order of the entries, in groups. While a group is dealt with the next ones are
 * under way. `examine` must not throw.
 */
export async function* examineInOrder<Entry, Examined>(
  entries: readonly Entry[],
  examine: (entry: Entry) => Promise<Examined>,
): AsyncGenerator<readonly Examined[]> {
  const underway: Promise<Examined>[] = []
  let next = 0
  const fill = (): void => {
    for (; underway.length < window && next < entries.length; next += 1) {
      const entry = entries[next]
      if (entry !== undefined) underway.push(examine(entry))
    }
  }
  let group: Examined[] = []
  fill()
  for (let first = underway.shift(); first !== undefined; first = underway.shift()) {
    group.push(await first)
    fill()
    if (group.length < groupSize) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}
