import { createAudit } from '../audit/audit.js'
import { systemClock } from '../kernel/clock.js'
import { passBackup, writeBackup } from '../stores/backup/format.js'
import { passphraseFileOption, readPassphrase, writeBackupFile } from './backup-file.js'
import { byOption, operatorOf } from './by.js'
import { configOption, nodeOption, type Command, type CommandOption, type Given } from './command.js'
import { exitStatus } from './exit-status.js'
import { findPlace, streamFrom, type FindConfiguration } from './node-client.js'
import { createProgress } from './progress.js'
import { describeTotals, storeUrlOf, withSnapshot, withStore, type OpenStoreAt } from './store-options.js'

/** Where a running node gives its backup. */
const path = '/internal/bronnet/v1/storage/backup'

const toFile: CommandOption = {
  name: 'to',
  value: 'FILE',
  about: 'the file to make; must not be there',
  required: true,
}
const fromStore: CommandOption = {
  name: 'from',
  value: 'URL',
  about: 'the store of a node that is stopped, as storage.url has it; without it the node that runs is asked',
}

export interface BackupDeps {
  readonly findConfiguration: FindConfiguration
  readonly openStoreAt: OpenStoreAt
  readonly version: string
}

/** `bronnet storage backup`: everything in a store in one file, as of one moment, while the node goes on. */
export function storageBackupCommand(deps: BackupDeps): Command {
  return {
    name: 'storage backup',
    summary:
      'make a backup of the store of a node that runs, or with --from of one that is stopped; keys are not in it',
    options: [toFile, configOption, nodeOption, fromStore, passphraseFileOption, byOption],
    examples: ['bronnet storage backup --to bronnet-2026-03-01.backup --passphrase-file /run/secrets/backup'],
    async run(given, terminal) {
      const passphrase = await readPassphrase(given.value('passphrase-file'))
      const save = async (parts: AsyncIterable<string>): Promise<number> => {
        const onProgress = createProgress({ terminal, clock: systemClock, verb: 'saved' })
        let words = ''
        const checked = passBackup(parts, { onProgress, onEnd: (totals) => (words = describeTotals(totals)) })
        await writeBackupFile(given.value('to') ?? '', checked, passphrase)
        terminal.say(`The backup is complete and verified: ${words}.`)
        return exitStatus.good
      }
      if (given.value('from') !== undefined) return saveStopped(deps, given, save)
      const by = encodeURIComponent(operatorOf(given))
      const call = { method: 'GET', path: `${path}?by=${by}` } as const
      return save(streamFrom(await findPlace(given, deps.findConfiguration), call))
    },
  }
}

/** The backup of a node that is stopped is in its journal as well. */
function saveStopped(
  { openStoreAt, version }: BackupDeps,
  given: Given,
  save: (parts: AsyncIterable<string>) => Promise<number>,
): Promise<number> {
  const url = storeUrlOf(given, 'from')
  return withStore(openStoreAt(url, { named: '--from', options: { mustExist: true, alone: true } }), async (store) => {
    const node = { name: 'bronnet storage backup', version }
    // No pseudonym is made here, so no key is needed.
    const audit = createAudit({ store, clock: systemClock, node, pseudonymKey: Buffer.alloc(0) })
    const actor = { user: { id: operatorOf(given) } }
    await audit.record({ code: 'storage.saved', action: 'execute', outcome: 'success', actor })
    return withSnapshot(store, (snapshot) => save(writeBackup(snapshot, { node: node.name, now: systemClock.now() })))
  })
}
