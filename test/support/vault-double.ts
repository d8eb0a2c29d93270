import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from './credentials.js'

/** A Vault that speaks the documented HTTP API of transit and KV over loopback; it stores everything in memory. */
export interface VaultDouble {
  readonly address: string
  readonly tokenFile: string
  /** Every request so far: method, path and token. */
  readonly requests: readonly { readonly method: string; readonly path: string; readonly headers: Json }[]
  /** Answers every request from now on with this status; `undefined` answers as usual. */
  fail(status: number | undefined): void
  /** Answers from now on what this says, or as usual where it says nothing. */
  intercept(how: (method: string, path: string) => Answer | undefined): void
  /** Accepts this token only from now on. */
  expectToken(token: string): void
  writeToken(text: string): Promise<void>
  /** What version 1 of the key-value engine holds, by path. */
  readonly kv: Map<string, Json>
  /** What is kept of a transit key, for tests that act as Vault's operator. */
  readonly transit: Map<string, TransitKey>
  end(): Promise<void>
}

interface TransitKey {
  readonly type: string
  readonly versions: { privateKey?: KeyObject; secret: Buffer }[]
  deletable: boolean
}

interface Answer {
  readonly status: number
  readonly data?: Json
  /** The body, where it is not what Vault would write. */
  readonly text?: string
}

const ok = (data: Json): Answer => ({ status: 200, data })
const done: Answer = { status: 204 }
const absent: Answer = { status: 404 }
const bad: Answer = { status: 400 }

/** Starts a Vault with engines at `transit`, `kv` (version 1) and `kv2` (version 2). */
export async function startVaultDouble(): Promise<VaultDouble> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-vault-'))
  const tokenFile = join(directory, 'token')
  let token = 'hvs.only-for-tests'
  let failure: number | undefined
  let intercepted: Parameters<VaultDouble['intercept']>[0] = () => undefined
  const requests: { method: string; path: string; headers: Json }[] = []
  const kv = new Map<string, Json>()
  const kv2 = new Map<string, Json[]>()
  const transit = new Map<string, TransitKey>()

  function answer(method: string, path: string, isList: boolean, body: Json): Answer {
    const [engine, ...rest] = path.split('/').map(decodeURIComponent)
    if (path === 'auth/token/lookup-self') return ok({ policies: ['bronnet'] })
    if (engine === 'transit') return answerTransit(method, rest, isList, body)
    if (engine === 'kv') return answerKv1(method, rest.join('/'), isList, body)
    if (engine === 'kv2') return answerKv2(method, rest, isList, body)
    return absent
  }

  function answerTransit(method: string, [what, name = '', more]: string[], isList: boolean, body: Json): Answer {
    if (what === 'keys' && isList) return transit.size === 0 ? absent : ok({ keys: [...transit.keys()] })
    if (!/^\w(([\w-.]+)?\w)?$/.test(name)) return absent
    const key = transit.get(name)
    if (what === 'keys' && method === 'POST' && more === undefined) {
      if (key === undefined)
        transit.set(name, { type: String(body['type']), versions: [makeVersion(body)], deletable: false })
      return done
    }
    if (what === 'keys' && method === 'GET') {
      if (key === undefined) return absent
      const keys = key.versions.map((version, index) => [String(index + 1), { public_key: publicKeyOf(version) }])
      return ok({ type: key.type, latest_version: keys.length, keys: Object.fromEntries(keys) })
    }
    if (key === undefined) return bad
    if (what === 'keys' && more === 'config') {
      key.deletable = body['deletion_allowed'] === true
      return done
    }
    if (what === 'keys' && method === 'DELETE') {
      if (!key.deletable) return bad
      transit.delete(name)
      return done
    }
    const version = Number(body['key_version'] ?? key.versions.length)
    const used = key.versions[version - 1]
    if (used === undefined) return bad
    const input = Buffer.from(String(body['input']), 'base64')
    if (what === 'hmac' && more === 'sha2-256') {
      const hmac = createHmac('sha256', used.secret).update(input).digest('base64')
      return ok({ hmac: `vault:v${String(version)}:${hmac}` })
    }
    if (what !== 'sign' || used.privateKey === undefined) return bad
    return ok({ signature: `vault:v${String(version)}:${signAsVault(used.privateKey, input, body)}` })
  }

  function answerKv1(method: string, path: string, isList: boolean, body: Json): Answer {
    if (isList) return listOf([...kv.keys()], path)
    const record = kv.get(path)
    if (method === 'GET') return record === undefined ? absent : ok(record)
    if (method === 'POST') kv.set(path, body)
    else kv.delete(path)
    return done
  }

  function answerKv2(method: string, [what, ...rest]: string[], isList: boolean, body: Json): Answer {
    const path = rest.join('/')
    if (what === 'metadata') {
      if (isList) return listOf([...kv2.keys()], path)
      kv2.delete(path)
      return done
    }
    const versions = kv2.get(path) ?? []
    if (method === 'GET') {
      const latest = versions.at(-1)
      return latest === undefined ? absent : ok({ data: latest, metadata: { version: versions.length } })
    }
    const { cas } = (body['options'] ?? {}) as { cas?: number }
    if (cas !== undefined && cas !== versions.length) return bad
    kv2.set(path, [...versions, body['data'] as Json])
    return ok({ version: versions.length + 1 })
  }

  const server = createServer((request, response) => {
    void readJson(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://vault')
      const method = request.method ?? ''
      requests.push({ method, path: url.pathname, headers: request.headers })
      const refused = failure ?? (request.headers['x-vault-token'] === token ? undefined : 403)
      const path = url.pathname.slice('/v1/'.length)
      const { status, data, text }: Answer =
        refused === undefined
          ? (intercepted(method, path) ?? answer(method, path, url.searchParams.get('list') === 'true', body))
          : { status: refused }
      response.writeHead(status, { 'content-type': 'application/json' })
      if (status === 204) response.end()
      else
        response.end(
          text ?? JSON.stringify(data === undefined ? { errors: ['hvs.an-answer-that-nobody-may-see'] } : { data }),
        )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const place = server.address()
  const port = typeof place === 'object' && place !== null ? place.port : 0
  await writeFile(tokenFile, `${token}\n`)
  return {
    address: `http://127.0.0.1:${String(port)}`,
    tokenFile,
    requests,
    kv,
    transit,
    fail: (status) => (failure = status),
    intercept: (how) => (intercepted = how),
    expectToken: (expected) => (token = expected),
    writeToken: (text) => writeFile(tokenFile, text),
    async end() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true })
    },
  }
}

async function readJson(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : (JSON.parse(text) as Json)
}

function listOf(paths: readonly string[], folder: string): Answer {
  const names = paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1))
  const keys = new Set(names.map((name) => (name.includes('/') ? `${name.split('/')[0] ?? ''}/` : name)))
  return keys.size === 0 ? absent : ok({ keys: [...keys] })
}

/** A new version of a key of this type. */
export function makeVersion({ type }: Json): TransitKey['versions'][number] {
  const secret = randomBytes(32)
  if (type === 'ecdsa-p256') {
    return { secret, privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }
  }
  return type === 'ed25519' ? { secret, privateKey: generateKeyPairSync('ed25519').privateKey } : { secret }
}

/** PEM, or for Ed25519 its 32 bytes in base64. */
function publicKeyOf({ privateKey }: TransitKey['versions'][number]): string | undefined {
  if (privateKey === undefined) return undefined
  const publicKey = createPublicKey(privateKey)
  return privateKey.asymmetricKeyType === 'ed25519'
    ? Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64')
    : publicKey.export({ format: 'pem', type: 'spki' }).toString()
}

/** DER in base64 unless `jws` is asked for, which is `r‖s` in base64url. */
function signAsVault(key: KeyObject, input: Buffer, body: Json): string {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, input, key).toString('base64')
  if (body['marshaling_algorithm'] !== 'jws') return sign('sha256', input, key).toString('base64')
  return sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}
