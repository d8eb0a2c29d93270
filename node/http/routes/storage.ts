import type { Audit } from '../../audit/audit.js'
import type { Clock } from '../../kernel/clock.js'
import type { Trace } from '../../kernel/trace.js'
import { writeBackup, type SignBackup } from '../../stores/backup/format.js'
import type { Contents } from '../../stores/contents.js'
import { backupQuerySchema, confirmRestoreSchema } from '../../../schemas/wire/internal.js'
import { emptyAnswer, type Route } from '../exchange.js'
import { parseBody, parseParameters } from '../parse.js'

export interface StorageRoutesDeps {
  readonly audit: Audit
  readonly clock: Clock
  readonly contents: Contents
  /** The name of the node. */
  readonly node: string
  readonly signBackup: SignBackup
  readonly confirmRestore: (by: {
    readonly user: string
    readonly ground: string
    readonly trace: Trace
  }) => Promise<void>
}

const base = '/internal/bronnet/v1/storage'

/** Backups, for operators. */
export function storageRoutes(deps: StorageRoutesDeps): readonly Route[] {
  const { audit, confirmRestore } = deps
  return [
    {
      method: 'GET',
      pattern: `${base}/backup`,
      family: 'problem',
      callers: ['operator'],
      doc: {
        summary: 'A backup of everything in the store, as of one moment',
        about:
          'JSON Lines of which the last one, signed, says whether it is whole. Private keys are not in it. It is an event.',
        query: backupQuerySchema,
        answers: { 200: { mediaType: 'application/jsonl', about: 'A header, one item a line, counts and hashes.' } },
      },
      async handle({ query, trace }) {
        const { by } = parseParameters(backupQuerySchema, query)
        await audit.record({
          code: 'storage.saved',
          action: 'execute',
          outcome: 'success',
          ...(by === undefined ? {} : { actor: { user: { id: by } } }),
          trace,
        })
        return {
          status: 200,
          headers: { 'content-type': 'application/jsonl; charset=utf-8', 'cache-control': 'no-store' },
          body: backupLines(deps),
        }
      },
    },
    {
      method: 'POST',
      pattern: `${base}/confirm-restore`,
      unconfirmed: 'goes-on',
      family: 'problem',
      callers: [],
      doc: {
        summary: 'Say that everything that was revoked since the backup is revoked again',
        about:
          'Until then a restored node grants no tokens, serves no guarded reads and changes nothing that gives a right.',
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
async function* backupLines({ clock, contents, node, signBackup: sign }: StorageRoutesDeps): AsyncGenerator<string> {
  const snapshot = await contents.snapshot()
  try {
    yield* writeBackup(snapshot, { node, now: clock.now(), sign })
  } finally {
    await snapshot.close()
  }
}
