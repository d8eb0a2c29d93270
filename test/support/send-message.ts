import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { notificationScope, type ReceivingRole } from '../../schemas/wire/notification.js'
import type { Region } from './region.js'

/** The input of a message, as a sender writes it. */
export type MessageInput = Readonly<Record<string, unknown>> & {
  readonly subjectList: readonly { readonly subject: string; readonly recordID: string }[]
}

/** What a netwerkpunt answered. */
export interface DeliveryAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly data?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[]
  }
}

export const sendNotificatie = `mutation zendNotificatie($input: NotificatieInput!) {
  zendNotificatie(notificatieInput: $input) { notificatieID timestamp eventType ontvangerKenmerk subjectList { subject recordID } }
}`
export const sendMelding = `mutation zendMelding($input: MeldingInput!) {
  zendMelding(meldingInput: $input) { meldingID }
}`

/** A notificatie of CIZ to zorgkantoor Noord about one new indicatie. */
export function newIndicatie(timestamp: string, changes: Readonly<Record<string, unknown>> = {}): MessageInput {
  const record = `WlzIndicatie/${randomUUID()}`
  return {
    timestamp,
    afzenderIDType: 'KVK',
    afzenderID: '62253778',
    ontvangerIDType: 'UZOVI',
    ontvangerID: '5999',
    eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
    subjectList: [{ subject: record, recordID: record }],
    ...changes,
  }
}

/** Where a member of a region takes messages in. */
export function netwerkpuntOf({ world }: Region, name: string): string {
  return `${world.member(name).publicUrl}/netwerkpunt/${name}/graphql`
}

/** Delivers with a token of a member of a region, or with one that is given. */
export async function deliver(
  region: Region,
  message: {
    readonly from: string
    readonly to: string
    readonly role: ReceivingRole
    readonly input: unknown
    readonly query?: string
    readonly token?: string
    readonly headers?: Readonly<Record<string, string>>
  },
): Promise<DeliveryAnswer> {
  const { from, to, role, input, query = sendNotificatie, headers = {} } = message
  const kind = query === sendMelding ? 'melding' : 'notificatie'
  const token = message.token ?? (await bearerFor(region, { from, to, scope: notificationScope(kind, role) }))
  const answer = await fetch(netwerkpuntOf(region, to), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    body: JSON.stringify({ query, variables: { input } }),
  })
  return {
    status: answer.status,
    headers: answer.headers,
    body: (await answer.json()) as DeliveryAnswer['body'],
  }
}

const grantSchema = z.object({ access_token: z.string() })

/** A bearer token of the party `to`, for the member `from`. */
export async function bearerFor(
  { world }: Region,
  { from, to, scope }: { readonly from: string; readonly to: string; readonly scope: string },
): Promise<string> {
  const granted = await world
    .member(from)
    .administrator.call('POST', `/internal/auth/v2/${from}/request-service-access-token`, {
      authorization_server: world.member(to).authorizationServer,
      scope,
      token_type: 'Bearer',
    })
  return grantSchema.parse(granted).access_token
}
