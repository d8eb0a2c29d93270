import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import type { Trace } from '../../kernel/trace.js'
import { writeBackup } from '../../stores/backup/format.js'
import type { Contents } from '../../stores/contents.js'
import { confirmRestoreSchema } from '../../../schemas/wire/internal.js'
import { emptyAnswer, type Route } from '../exchange.js'
import { parseBody } from '../parse.js'

export interface StorageRoutesDeps {
  readonly audit: Audit
  readonly clock: Clock
  readonly contents: Contents
  /** The name of the node. */
  readonly node: string
  readonly confirmRestore: (by: {
    readonly user: string
    readonly ground: string
    readonly trace: Trace
  }) => Promise<void>
}

const base = '/internal/bronnet/v1/storage'

/** Backups, for operators. */
export function storageRoutes({ audit, clock, contents, node, confirmRestore }: StorageRoutesDeps): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: `${base}/backup`,
      family: 'problem',
      doc: {
        summary: 'A backup of everything in the store, as of one moment',
        about: 'JSON Lines of which the last one says whether it is whole. Private keys are not in it. It is an event.',
        answers: { 200: { mediaType: 'application/jsonl', about: 'A header, one item a line, counts and hashes.' } },
      },
      async handle({ trace }) {
        await audit.record({ code: 'storage.saved', action: 'execute', outcome: 'success', trace })
        return {
          status: 200,
          headers: { 'content-type': 'application/jsonl; charset=utf-8', 'cache-control': 'no-store' },
          body: backupLines({ clock, contents, node }),
        }
      },
    },
    {
      method: 'POST',
      pattern: `${base}/confirm-restore`,
      family: 'problem',
      doc: {
        summary: 'Say that everything that was revoked since the backup is revoked again',
        about: 'Until then a restored node grants no tokens and serves no guarded reads. It is an event.',
        body: confirmRestoreSchema,
        answers: { 204: 'It is confirmed, or there was nothing to confirm.' },
      },
      body: { maxBytes: 4 * 1024, mediaTypes: ['application/json'] },
      async handle({ body, trace }) {
        const { by: user, ground } = parseBody(confirmRestoreSchema, body)
        await confirmRestore({ user, ground, trace })
        return emptyAnswer(204)
      },
    },
  ]
}

/** Takes the snapshot when the first line is wanted, so that nothing is held on to for a caller that has left. */
async function* backupLines({
  clock,
  contents,
  node,
}: Pick<StorageRoutesDeps, 'clock' | 'contents' | 'node'>): AsyncGenerator<string> {
  const snapshot = await contents.snapshot()
  try {
    yield* writeBackup(snapshot, { node, now: clock.now() })
  } finally {
    await snapshot.close()
  }
}
