import type { ErrorCode } from '../../kernel/errors.js'
import { row, unavailable, type PublicError } from './public-error.js'

const badQuery = row(400, 'bad-query', 'The query is not one that this source answers.')

/** What sources refuse and cannot do, in public words. */
export const sourceErrors = {
  'consent.unknown': row(404, 'consent-unknown', 'There is no such consent.'),
  'source.unknown': row(404, 'source-unknown', 'This party does not serve such a source.'),
  'source.bad_body': row(400, 'bad-body', 'The body is not a GraphQL request.'),
  // Which of them it is matters to who answers in published words; for all others the note says it.
  'source.unparsable': badQuery,
  'source.no_operation': badQuery,
  'source.several_operations': badQuery,
  'source.several_roots': badQuery,
  'source.unknown_operation': badQuery,
  'source.bad_request': badQuery,
  'source.unavailable': unavailable('source-unavailable', 'The source does not answer at the moment.'),
  'source.not_supported': row(
    400,
    'not-supported',
    'The source does not support this; its /metadata says what it does.',
  ),
  'source.type_unknown': row(404, 'type-unknown', 'The source has no resources of this type; see its /metadata.'),
  'source.failed': row(
    502,
    'source-failed',
    'The server behind this source gave no answer that can be used.',
    'server_error',
  ),
  'source.timed_out': row(
    504,
    'source-timed-out',
    'The server behind this source did not answer in time.',
    'temporarily_unavailable',
  ),
  'source.bad_record': row(
    400,
    'bad-record',
    'A record does not fit the schema of its register, or the other records.',
  ),
  'source.record_unknown': row(404, 'record-unknown', 'The register has no such record.'),
  'source.record_conflict': row(409, 'record-conflict', 'The record is not as was expected: read it again.'),
  'source.record_referred': row(
    409,
    'record-referred',
    'Other records refer to this one: remove or change those first.',
  ),
} as const satisfies Partial<Record<ErrorCode, PublicError>>
