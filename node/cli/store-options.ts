import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { OpenedStore, OpenOptions, Snapshot } from '../stores/contents.js'
import { requireFilled } from '../stores/filling.js'
import type { Totals } from '../stores/tally.js'
import { CommandFailure, type CommandOption, type Given } from './command.js'
import { exitStatus } from './exit-status.js'

/** Opens the store at a URL; `named` is how the operator gave it. */
export type OpenStoreAt = (
  url: string,
  deps: { readonly named: string; readonly options: OpenOptions },
) => Promise<OpenedStore>

/** Does something with a store and closes it. */
export async function withStore<T>(
  opening: Promise<OpenedStore>,
  work: (store: OpenedStore) => Promise<T>,
): Promise<T> {
  const store = await opening
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

/** Does something with everything in a store. @throws `config.invalid` when the store is only partly filled */
export async function withSnapshot<T>(store: OpenedStore, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  await requireFilled(store.records)
  const snapshot = await store.contents.snapshot()
  try {
    return await work(snapshot)
  } finally {
    await snapshot.close()
  }
}

/** For commands that read a store that no node has open. */
export const fromStoreOption: CommandOption = {
  name: 'from',
  value: 'URL',
  about: 'the store to read, as storage.url has it: level:<directory> or postgresql://<address>',
  required: true,
}

/** For commands that fill a store. */
export const toStoreOption: CommandOption = {
  name: 'to',
  value: 'URL',
  about: 'the store to fill, which must be empty: level:<directory> or postgresql://<address>',
  required: true,
}

/** The URL that an option gives. @throws `CommandFailure` when it is not one of a store that lasts */
export function storeUrlOf(given: Given, option: string): string {
  const url = given.value(option) ?? ''
  if (url.startsWith('level:') && url.length > 'level:'.length) return url
  // Parsed here and there by different rules; what is not a URL to either is refused.
  if (/^postgres(ql)?:\/\/./.test(url) && URL.canParse(url)) return url
  throw new CommandFailure(exitStatus.usage, [
    `--${option}: give level:<directory> or postgresql://<user>@<host>/<database>, as storage.url has it`,
  ])
}

/** Whether two URLs name the same place, as far as can be told without asking there. */
export function isSamePlace(first: string, second: string): boolean {
  return placeOf(first) === placeOf(second)
}

function placeOf(url: string): string {
  if (url.startsWith('level:')) return `level:${realPath(url.slice('level:'.length))}`
  const { hostname, port, pathname, searchParams } = new URL(url)
  return ['postgresql', hostname, port === '' ? '5432' : port, pathname, searchParams.get('options') ?? ''].join(' ')
}

function realPath(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    // Not there yet: then it is no other place under another name.
    return resolve(directory)
  }
}

/** What a store holds, in words. */
export function describeTotals({ record, claim, entry, head }: Totals): string {
  const counts = `${record.count} records, ${claim.count} claims, ${entry.count} journal entries`
  return `${counts}, head ${head.number} ${head.hash}`
}
