import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { join } from 'node:path'
// eslint-disable-next-line no-restricted-imports -- the framework itself is what is measured here
import express from 'express'
import { createAddressGuard, parseCidr } from '../../node/kernel/address-guard.js'
import { systemClock } from '../../node/kernel/clock.js'
import { silentLog } from '../../node/kernel/log.js'
import { createOutbound } from '../../node/kernel/outbound.js'
import { randomId } from '../../node/kernel/random.js'
import { put } from '../../node/stores/contracts.js'
import { openLevelStore } from '../../node/stores/level.js'

/** Two servers that do for a message what nobody can leave out. */
export interface SignedPosts {
  /** Sends so many messages, and returns when the last one was answered. */
  send(count: number): Promise<void>
  close(): Promise<void>
}

const atOnce = 16
const messages = { name: 'messages' }

/**
 * A server that is asked to send, and one that receives: a synced write at the sender, a POST with a signature, which is
 * checked, and a synced write at the receiver. No token, no policy, no journal, no order, nothing that is tried again.
 */
export async function startSignedPosts(directory: string): Promise<SignedPosts> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const open = (name: string) =>
    openLevelStore({ directory: join(directory, name), clock: systemClock, log: silentLog })
  const [sending, receiving] = [await open('sending'), await open('receiving')]
  const outbound = createOutbound({
    guard: createAddressGuard({ allowed: ['127.0.0.0/8', '::1/128'].map(parseCidr), denied: [] }),
    userAgent: 'bench',
    allowPlainHttp: 'loopback',
    allowedPorts: 'any',
    allowReservedHosts: true,
  })

  const receiver = express()
    .disable('etag')
    .post('/', express.raw({ type: 'application/json' }), (request, response) => {
      const body: unknown = request.body
      const signature = Buffer.from(request.header('x-signature') ?? '', 'base64url')
      if (!Buffer.isBuffer(body) || !verify('sha256', body, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)) {
        response.status(401).end()
        return
      }
      const id = randomId()
      void receiving
        .write([put(messages, [id], body.toString())])
        .then(() => response.json({ data: { zendNotificatie: { notificatieID: id } } }))
    })
  const received = receiver.listen(0, '127.0.0.1')
  await once(received, 'listening')
  const url = `http://127.0.0.1:${portOf(received)}/`

  async function sendOne(): Promise<void> {
    const recordID = `WlzIndicatie/${randomId()}`
    const body = JSON.stringify({
      timestamp: new Date(systemClock.now()).toISOString(),
      afzenderIDType: 'KVK',
      afzenderID: '62253778',
      ontvangerIDType: 'UZOVI',
      ontvangerID: '5999',
      eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
      subjectList: [{ subject: recordID, recordID }],
    })
    await sending.write([put(messages, [recordID], body)])
    const signature = sign('sha256', Buffer.from(body), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const headers = { 'content-type': 'application/json', 'x-signature': signature.toString('base64url') }
    const { status } = await outbound.request({ method: 'POST', url, headers, accept: 'application/json', body })
    if (status !== 200) throw new Error(`a signed POST was answered with ${String(status)}`)
  }

  const asked = express()
    .disable('etag')
    .post('/:count', (request, response, next) => {
      let left = Number(request.params.count)
      const worker = async (): Promise<void> => {
        while (left > 0) {
          left -= 1
          await sendOne()
        }
      }
      void Promise.all(Array.from({ length: atOnce }, worker))
        .then(() => response.end())
        .catch(next)
    })
    .listen(0, '127.0.0.1')
  await once(asked, 'listening')
  const sender = `http://127.0.0.1:${portOf(asked)}`

  return {
    async send(count) {
      const answer = await fetch(`${sender}/${String(count)}`, { method: 'POST' })
      if (!answer.ok) throw new Error(`the sender failed with ${String(answer.status)}`)
    },
    async close() {
      outbound.close()
      for (const server of [asked, received]) {
        server.closeAllConnections()
        server.close()
      }
      await Promise.all([sending.close(), receiving.close()])
    },
  }
}

function portOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen')
  return String(address.port)
}
