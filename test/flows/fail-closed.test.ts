import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { graphqlRoutes } from '../../node/http/routes/graphql.js'
import { oauthRoutes } from '../../node/http/routes/oauth.js'
import { NodeError } from '../../node/kernel/errors.js'
import { createReadWorld, type ReadWorld } from '../support/read-world.js'
import { submission } from '../support/token-world.js'
import { createServedWorld } from '../unit/http/served.js'
import { plainFace } from '../support/source-face.js'

const served = createServedWorld()
let world: ReadWorld
let base: string

beforeEach(async () => {
  world = await createReadWorld()
  const unread = undefined as never
  const found = {
    source: world.source,
    scopes: [world.grantOfZorgkantoor.record.scope],
    pack: unread,
    published: unread,
    face: plainFace,
    register: undefined,
  }
  const servedSources = { find: () => found, profilesOf: () => world.profiles, namesOf: () => [] }
  const routes = [
    ...graphqlRoutes({
      audit: world.node.audit,
      parties: world.node.parties,
      dpop: world.dpop,
      authenticate: () => Promise.resolve(world.grantOfZorgkantoor),
      servedSources,
      publishedMessages: [],
      // The question of the world: one that the policy permits.
      serveRead: () => world.read(),
    }),
  ]
  const { port } = await served.serve(routes)
  base = `http://127.0.0.1:${String(port)}`
})
afterEach(() => served.close())

const path = '/sources/ciz/indicatieregister/graphql'
const query = JSON.stringify({ query: '{ wlzIndicatie(where: {}) { wlzindicatieID } }' })

async function read(): Promise<{ readonly status: number; readonly json: unknown }> {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer token' }
  const answer = await fetch(`${base}${path}`, { method: 'POST', headers, body: query })
  return { status: answer.status, json: await answer.json() }
}

describe('a node that cannot account for a read', () => {
  test('does not read, and says why in the words of GraphQL', async () => {
    world.refusing.add('read.decided')
    const { status, json } = await read()
    expect(status).toBe(503)
    expect(json).toMatchObject({ errors: [{ extensions: { code: 'audit-unavailable' } }] })
    expect(world.happened).not.toContain('read')
  })

  test('withholds the answer when the outcome cannot be written, and answers again once it can', async () => {
    world.refusing.add('read.answered')
    const { status, json } = await read()
    expect(status).toBe(503)
    expect(JSON.stringify(json)).not.toContain('wlzindicatieID')
    expect(world.happened).toContain('read')
    world.refusing.clear()
    expect((await read()).status).toBe(200)
  })
})

describe('a node that cannot account for a token', () => {
  test('refuses it in the words of OAuth', async () => {
    const refuse = () => Promise.reject(new NodeError('audit.unavailable'))
    const routes = oauthRoutes({
      parties: world.node.parties,
      didMethods: ['web'],
      dpop: world.dpop,
      profilesOf: () => world.profiles,
      grantToken: refuse,
      revoke: refuse,
      stateEntity: refuse,
    })
    const { port } = await served.serve(routes)
    const body = new URLSearchParams({
      grant_type: 'vp_token-bearer',
      presentation_submission: JSON.stringify(submission),
    })
    const answer = await fetch(`http://127.0.0.1:${String(port)}/oauth2/ciz/token`, { method: 'POST', body })
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({ error: 'temporarily_unavailable', code: 'audit-unavailable' }),
    ])
  })
})

describe('a caller that leaves before the answer', () => {
  test('is accounted for all the same', async () => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1')
    await once(socket, 'connect')
    const head = [
      'Host: a',
      'Content-Type: application/json',
      'Authorization: Bearer token',
      `Content-Length: ${String(query.length)}`,
    ]
    socket.write(`POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${query}`)
    socket.end()
    socket.destroySoon()
    while (!world.happened.includes('read.answered')) await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await world.events()).map(({ code }) => code)).toEqual(['read.decided', 'read.answered'])
  })
})
