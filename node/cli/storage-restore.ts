import type { KeyObject } from 'node:crypto'
import { parseAuditKey } from '../audit/checkpoint.js'
import { systemClock } from '../kernel/clock.js'
import { readBackup } from '../stores/backup/format.js'
import { fillStore } from '../stores/filling.js'
import { markRestored } from '../stores/restored.js'
import { checkpointsOption, readCheckpoints, readEvidence } from './audit-evidence.js'
import { passphraseFileOption, readBackupFile, readPassphrase } from './backup-file.js'
import { byOption, operatorOf } from './by.js'
import { CommandFailure, type Command, type Given, type Terminal } from './command.js'
import { exitStatus } from './exit-status.js'
import { openLaterJournal, type LaterJournal } from './later-journal.js'
import { createProgress } from './progress.js'
import { describeTotals, storeUrlOf, toStoreOption, withStore, type OpenStoreAt } from './store-options.js'

/** `bronnet storage restore`: a backup into an empty store, and what a later export of the journal knows beyond it. */
export function storageRestoreCommand({ openStoreAt }: { readonly openStoreAt: OpenStoreAt }): Command {
  return {
    name: 'storage restore',
    summary: 'bring a backup into an empty store; the node that starts on it knows that it was restored',
    options: [
      { name: 'from', value: 'FILE', about: 'the backup', required: true },
      toStoreOption,
      passphraseFileOption,
      { name: 'journal', value: 'FILE', about: 'a later, whole export of the journal: what ended since ends again' },
      { name: 'key', value: 'FILE', about: 'public audit key of the node: the backup and the export must be signed' },
      checkpointsOption,
      byOption,
    ],
    examples: [
      'bronnet storage restore --from bronnet-2026-03-01.backup --to level:./data',
      'bronnet storage restore --from bronnet-2026-03-01.backup --to level:./data --journal journal.jsonl.gz --key audit-key.json',
    ],
    async run(given, terminal) {
      const url = storeUrlOf(given, 'to')
      const passphrase = await readPassphrase(given.value('passphrase-file'))
      const key = await readKey(given)
      const backup = await readBackup(readBackupFile(given.value('from') ?? '', passphrase))
      const { start, head, time, node } = backup.header
      const more = await findMore(given, head, key)
      return withStore(openStoreAt(url, { named: '--to', options: { alone: true } }), async (target) => {
        const totals = await fillStore({
          kind: 'restore',
          source: { start, head, items: () => backup.items() },
          target,
          verify(found) {
            backup.requireTotals(found)
            if (key !== undefined) backup.requireSignature(key)
          },
          ...(more === undefined ? {} : { more }),
          finish: [
            markRestored({
              at: systemClock.now(),
              by: operatorOf(given),
              backup: { node, time, through: head.number },
              replay: more === undefined ? null : { done: head.number, through: more.head.number },
            }),
          ],
          onProgress: createProgress({ terminal, clock: systemClock, verb: 'restored' }),
        })
        if (key === undefined) sayUnsigned(terminal)
        terminal.say(`The backup of ${time} is restored and verified: ${describeTotals(totals)}.`)
        if (more !== undefined) {
          terminal.say(`Entries ${head.number + 1} to ${more.head.number} are replayed when the node starts.`)
        }
        return exitStatus.good
      })
    },
  }
}

async function readKey(given: Given): Promise<KeyObject | undefined> {
  const path = given.value('key')
  if (path !== undefined) return parseAuditKey(await readEvidence(path))
  if (given.values('checkpoints').length === 0) return undefined
  throw new CommandFailure(exitStatus.usage, ['--checkpoints: without --key nothing can be verified with them'])
}

async function findMore(
  given: Given,
  after: LaterJournal['head'],
  key: KeyObject | undefined,
): Promise<LaterJournal | undefined> {
  const path = given.value('journal')
  const checkpoints = (await Promise.all(given.values('checkpoints').map(readCheckpoints))).flat()
  if (path !== undefined) return openLaterJournal(path, { after, key, checkpoints })
  if (checkpoints.length === 0) return undefined
  throw new CommandFailure(exitStatus.usage, [
    '--checkpoints: only an export can be verified with them: give --journal',
  ])
}

function sayUnsigned(terminal: Terminal): void {
  terminal.note('note: without --key it is not known whether somebody wrote the backup or the export anew')
}
