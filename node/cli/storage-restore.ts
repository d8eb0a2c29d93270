import { systemClock } from '../kernel/clock.js'
import { readBackup } from '../stores/backup/format.js'
import { fillStore } from '../stores/filling.js'
import { markRestored } from '../stores/restored.js'
import { passphraseFileOption, readBackupFile, readPassphrase } from './backup-file.js'
import type { Command } from './command.js'
import { exitStatus } from './exit-status.js'
import { createProgress } from './progress.js'
import { describeTotals, storeUrlOf, toStoreOption, withStore, type OpenStoreAt } from './store-options.js'

/** `bronnet storage restore`: a backup into an empty store. */
export function storageRestoreCommand({ openStoreAt }: { readonly openStoreAt: OpenStoreAt }): Command {
  return {
    name: 'storage restore',
    summary: 'bring a backup into an empty store; the node that starts on it knows that it was restored',
    options: [
      { name: 'from', value: 'FILE', about: 'the backup', required: true },
      toStoreOption,
      passphraseFileOption,
    ],
    examples: ['bronnet storage restore --from bronnet-2026-03-01.backup --to level:./data'],
    async run(given, terminal) {
      const url = storeUrlOf(given, 'to')
      const passphrase = await readPassphrase(given.value('passphrase-file'))
      const backup = await readBackup(readBackupFile(given.value('from') ?? '', passphrase))
      const { start, head, time } = backup.header
      return withStore(openStoreAt(url, { named: '--to', options: { alone: true } }), async (target) => {
        const totals = await fillStore({
          kind: 'restore',
          source: { start, head, items: () => backup.items() },
          target,
          verify: (found) => backup.requireTotals(found),
          finish: [markRestored({ at: systemClock.now() })],
          onProgress: createProgress({ terminal, clock: systemClock, verb: 'restored' }),
        })
        terminal.say(`The backup of ${time} is restored and verified: ${describeTotals(totals)}.`)
        return exitStatus.good
      })
    },
  }
}
