import { existsSync } from 'node:fs'
import { stat, statfs } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Configuration } from '../../../schemas/configuration.js'
import { Secret } from '../../kernel/secret.js'
import { reserveOf } from '../../stores/free-space.js'
import { faultsOfPostgres, readPostgresSettings } from '../../stores/postgres-settings.js'
import { withStore } from '../store-options.js'
import { attention, broken, ok, reasonOf, type Finding, type Look, type Patient } from './finding.js'

const about = 'storage'
const mebibyte = 1024 * 1024

/** Whether what is written lasts: a write that the disk acknowledges, the space that is left, the settings of a database. */
export const lookAtStorage: Look = async (patient) => {
  const { url } = patient.configuration.storage
  if (url === 'memory:')
    return [attention(about, 'it forgets everything at the end', 'give storage.url a directory or a database')]
  const isDirectory = url.startsWith('level:')
  const directory = url.slice('level:'.length)
  if (isDirectory && !existsSync(join(directory, 'store'))) {
    return [attention(about, `${directory} holds no store yet: the first start makes one`)]
  }
  const around = isDirectory ? await lookAtDisk(directory) : await lookAtDatabase(url)
  return around.some(({ status }) => status === 'broken') ? around : [...(await tryWrite(patient)), ...around]
}

/** A running node writes for its health; of one that is stopped the store is opened here. */
async function tryWrite({ call, configuration, openStoreAt }: Patient): Promise<readonly Finding[]> {
  if (call !== undefined) {
    const { body } = await call({ method: 'GET', path: '/health', accept: [503] })
    return JSON.stringify(body).includes('"storage":{"status":"UP"')
      ? [ok(about, 'the node wrote to it just now, and the disk acknowledged')]
      : [
          broken(
            about,
            'the node cannot write to it',
            'see its log; and the permissions and space of the disk, or the database',
          ),
        ]
  }
  const { url } = configuration.storage
  try {
    await withStore(openStoreAt(url, { named: 'storage.url', options: { mustExist: true } }), (store) => store.check())
    return [ok(about, 'it was opened and written to just now, and the disk acknowledged')]
  } catch (cause) {
    return [broken(about, `it cannot be written to: ${reasonOf(cause)}`)]
  }
}

async function lookAtDisk(directory: string): Promise<readonly Finding[]> {
  const { bavail, bsize, blocks } = await statfs(directory)
  const free = bavail * bsize
  const reserve = reserveOf(blocks * bsize)
  const says = `${(free / mebibyte).toFixed(0)} MiB are free, of which ${(reserve / mebibyte).toFixed(0)} MiB are kept for merging`
  if (free <= reserve)
    return [broken(about, `${says}: nothing more is written`, 'make room, or move the store to a larger disk')]
  return [free < 4 * reserve ? attention(about, says, 'make room before it is too late') : ok(about, says)]
}

async function lookAtDatabase(url: string): Promise<readonly Finding[]> {
  try {
    const settings = await readPostgresSettings(Secret.of(url))
    const faults = faultsOfPostgres(settings)
    return faults.length === 0
      ? [ok(about, `PostgreSQL ${settings.version} waits for its disk (fsync, synchronous_commit, full_page_writes)`)]
      : faults.map((fault) => broken(about, `PostgreSQL ${settings.version}: ${fault}`))
  } catch (cause) {
    return [broken(about, reasonOf(cause), 'see storage.url, and the password in PGPASSWORD')]
  }
}

/** Whether the place of the private keys opens, as at a start. */
export const lookAtKeys: Look = async ({ configuration, tryKeys, keyDirectoryOf }) => {
  const { store, passphrase, passphraseFile, vault } = configuration.keys
  const isFile = store === 'file'
  if (isFile && passphrase === undefined && passphraseFile === undefined) {
    return [attention('keys', 'the passphrase lies beside the keys', 'give keys.passphraseFile')]
  }
  // Trying would make the first.
  if (isFile && !existsSync(join(keyDirectoryOf(configuration), 'keystore.json'))) {
    const says = `there are none yet in ${keyDirectoryOf(configuration)}: the first start makes them`
    return [attention('keys', says), ...placeOfKeys(configuration)]
  }
  try {
    await tryKeys(configuration)
    return [
      ok('keys', isFile ? 'they open with the passphrase' : `${vault?.address ?? ''} lets the node in`),
      ...(isFile ? placeOfKeys(configuration) : []),
    ]
  } catch (cause) {
    return [broken('keys', `the node cannot sign: ${reasonOf(cause)}`, 'see the settings below keys')]
  }
}

/** Beside a database they are wherever the node happens to be started. */
function placeOfKeys({ storage, keys }: Configuration): readonly Finding[] {
  const isFixed = storage.url.startsWith('level:') || (keys.directory !== undefined && isAbsolute(keys.directory))
  const says = 'they are looked for below the directory where the node is started: from another it has none'
  return isFixed
    ? []
    : [
        attention(
          'keys',
          says,
          'give keys.directory, written from the root on; the checkpoints of the journal follow it',
        ),
      ]
}

/** Whether others on this machine can read what is secret. */
export const lookAtSecrets: Look = async ({ configuration, keyDirectoryOf }) => {
  const { passphraseFile, vault, store } = configuration.keys
  const directory = store === 'file' ? keyDirectoryOf(configuration) : undefined
  const files = [passphraseFile, vault?.tokenFile, directory].filter((file) => file !== undefined)
  const open: string[] = []
  for (const file of files) {
    const found = await stat(file).catch(() => undefined)
    // A group may be how a platform hands a secret over; everybody is not.
    if (found !== undefined && (found.mode & 0o007) !== 0) open.push(file)
  }
  if (open.length > 0) {
    return open.map((file) =>
      attention('secrets', `${file} can be read by everybody on this machine`, `chmod o-rwx ${file}`),
    )
  }
  return [ok('secrets', `the files with secrets that the settings name are not for everybody`)]
}
