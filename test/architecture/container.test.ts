import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import { configurationFields } from '../../schemas/configuration-fields.js'

interface Instruction {
  readonly word: string
  readonly rest: string
}

const instructions = readInstructions(readFileSync('Dockerfile', 'utf8'))
const lastStage = instructions.slice(instructions.findLastIndex(({ word }) => word === 'FROM'))
const copies = instructions.filter(({ word }) => word === 'COPY').map(({ rest }) => readCopy(rest))
const variables = configurationFields.flatMap(({ variable }) => variable ?? [])

/** The instructions of a Dockerfile, without comments and with continued lines joined. */
function readInstructions(text: string): readonly Instruction[] {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.replace(/^\S+\s+/, '').trim() }))
}

function readCopy(rest: string): { readonly from: string | undefined; readonly sources: readonly string[] } {
  const words = rest.split(/\s+/)
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length)
  return { from, sources: words.filter((word) => !word.startsWith('--')).slice(0, -1) }
}

function valuesOf(stage: readonly Instruction[], word: string): readonly string[] {
  return stage.filter((instruction) => instruction.word === word).map(({ rest }) => rest)
}

describe('the image', () => {
  test('does not run as root', () => {
    expect(valuesOf(lastStage, 'USER')).toEqual([expect.stringMatching(/^[1-9][0-9]*:[1-9][0-9]*$/)])
  })

  test('starts the node, takes SIGTERM, and answers for its health', () => {
    expect(valuesOf(lastStage, 'ENTRYPOINT')).toEqual(['["node", "dist/node/main.js"]'])
    expect(valuesOf(lastStage, 'CMD')).toEqual(['["start"]'])
    expect(valuesOf(lastStage, 'STOPSIGNAL')).toEqual(['SIGTERM'])
    expect(valuesOf(lastStage, 'HEALTHCHECK')).toEqual([expect.stringContaining('/health/live')])
  })

  test('offers the public listener only', () => {
    expect(valuesOf(lastStage, 'EXPOSE')).toEqual(['8080'])
  })

  test('removes development dependencies before they are copied, and installs none afterwards', () => {
    const prune = instructions.findIndex(({ rest }) => rest.includes('npm prune --omit=dev'))
    const copy = instructions.findIndex(({ rest }) => rest.includes('/build/node_modules'))
    expect(prune).toBeGreaterThan(-1)
    expect(copy).toBeGreaterThan(prune)
    expect(lastStage.filter(({ word, rest }) => word === 'RUN' && /\bnpm (ci|install|i)\b/.test(rest))).toEqual([])
  })

  test.each(copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources))(
    'copies %s, which exists and is let through by .dockerignore',
    (source) => {
      expect(existsSync(source)).toBe(true)
      expect(readFileSync('.dockerignore', 'utf8').split('\n')).toContain(`!${source}`)
    },
  )

  test('copies every folder that is compiled, but for the scripts', () => {
    const { include } = z
      .object({ include: z.array(z.string()) })
      .parse(JSON.parse(readFileSync('tsconfig.build.json', 'utf8')))
    const copied = copies.filter(({ from }) => from === undefined).flatMap(({ sources }) => sources)
    expect(copied).toEqual(expect.arrayContaining(include.filter((folder) => folder !== 'scripts')))
  })

  test.each(copies.filter(({ from }) => from === 'build').flatMap(({ sources }) => sources))(
    'copies %s, which the build made from something that exists',
    (source) => {
      const made = source.replace(/^\/build\//, '')
      expect(made === 'node_modules' || existsSync(made.replace(/^dist\//, ''))).toBe(true)
    },
  )

  test('holds code, schemas and policies, and no source, script or test', () => {
    const lastCopies = valuesOf(lastStage, 'COPY').flatMap((rest) => readCopy(rest).sources)
    expect([...lastCopies].sort()).toEqual([
      '/build/dist/node',
      '/build/dist/registry-client',
      '/build/dist/schemas',
      '/build/node_modules',
      '/build/schemas',
      'LICENSE',
      'package.json',
      'policies',
    ])
  })

  test('sets only settings that exist, and keeps everything that must survive in its volume', () => {
    const set = Array.from(
      valuesOf(lastStage, 'ENV')
        .join(' ')
        .matchAll(/(BRONNET_[A-Z_]+)=(\S+)/g),
    )
    expect(set.length).toBeGreaterThan(0)
    expect(variables).toEqual(expect.arrayContaining(set.map(([, name]) => name)))
    for (const [, , value] of set) expect(value).toMatch(/^(level:)?\/data\//)
    expect(valuesOf(lastStage, 'VOLUME')).toEqual(['/data'])
  })

  test('is built from a context that leaves out everything that is not named', () => {
    const [first, ...rest] = readFileSync('.dockerignore', 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(first).toBe('**')
    expect(rest.every((line) => line.startsWith('!'))).toBe(true)
  })
})

const composeSchema = z.looseObject({
  services: z.record(
    z.string(),
    z.looseObject({
      read_only: z.boolean(),
      tmpfs: z.array(z.string()),
      cap_drop: z.array(z.string()),
      security_opt: z.array(z.string()),
      environment: z.record(z.string(), z.string()),
      volumes: z.array(z.string()),
      secrets: z.array(z.string()),
      ports: z.array(z.string()),
      healthcheck: z.looseObject({}),
    }),
  ),
  secrets: z.record(z.string(), z.looseObject({ file: z.string() })),
  volumes: z.record(z.string(), z.unknown()),
})

const compose = composeSchema.parse(parse(readFileSync('compose.yaml', 'utf8'), { merge: true }))

describe('the example of two nodes', () => {
  test('has two', () => {
    expect(Object.keys(compose.services)).toEqual(['node-a', 'node-b'])
  })

  test.each(Object.entries(compose.services))('%s cannot write outside its volume or gain rights', (_, service) => {
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toContain('no-new-privileges:true')
    expect(service.tmpfs.map((mount) => mount.split(':')[0])).toEqual(['/tmp'])
  })

  test.each(Object.entries(compose.services))('%s has a volume and a secret of its own', (name, service) => {
    expect(service.volumes).toEqual([`${name}:/data`])
    expect(Object.keys(compose.volumes)).toContain(name)
    expect(service.secrets).toEqual([`${name}-passphrase`])
    expect(Object.keys(compose.secrets)).toContain(`${name}-passphrase`)
    expect(service.environment['BRONNET_KEYS_PASSPHRASEFILE']).toBe(`/run/secrets/${name}-passphrase`)
  })

  test.each(Object.entries(compose.services))('%s publishes the public listener only', (_, service) => {
    expect(service.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:[0-9]+:8080$/)])
  })

  test.each(Object.entries(compose.services))('%s sets only settings that exist', (_, service) => {
    expect(variables).toEqual(expect.arrayContaining(Object.keys(service.environment)))
  })
})
