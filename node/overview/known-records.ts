import type { RecordName } from './read-answer.js'

/** A record that is known to be about the person. */
export interface KnownRecord extends RecordName {
  /** Who holds what goes with it, when that is known. */
  readonly holder: string | undefined
}

/** The records of one overview; `names` are of the form `Type/id`, and the case of an id makes no difference. */
export function createKnownRecords(names: readonly string[]) {
  const known = new Map<string, KnownRecord>()
  const add = (record: KnownRecord): void => {
    const key = `${record.type}/${record.id.toLowerCase()}`
    const before = known.get(key)
    known.set(key, { ...record, holder: record.holder ?? before?.holder })
  }
  for (const name of names) {
    const [type = '', id = ''] = name.split('/')
    add({ type, id, holder: undefined })
  }
  return { add, ofType: (wanted: string) => [...known.values()].filter(({ type }) => type === wanted) }
}
