import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { checkConfiguration } from '../../node/config.js'
import { configurationFields } from '../../schemas/configuration-fields.js'
import { renderTemplate } from '../support/helm-template.js'

const chart = 'deploy/helm/bronnet'
const read = (path: string): unknown => parse(readFileSync(path, 'utf8'), { merge: true })
const { version } = read('package.json') as { readonly version: string }
const variables = configurationFields.flatMap(({ variable }) => variable ?? [])

// What the tests look at of documents that are written here.
type Anything = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any

const about = read(join(chart, 'Chart.yaml')) as Anything
const values = read(join(chart, 'values.yaml')) as Anything

function render(changes: Anything = {}): readonly Anything[] {
  const context = {
    Values: { ...values, ...changes },
    Release: { Name: 'voorbeeld' },
    Chart: { AppVersion: about['appVersion'] as string },
  }
  return readdirSync(join(chart, 'templates')).flatMap((file) =>
    parseAllDocuments(renderTemplate(readFileSync(join(chart, 'templates', file), 'utf8'), context)).map((document) => {
      expect([file, document.errors]).toEqual([file, []])
      return document.toJS() as Anything
    }),
  )
}

function find(kind: string, changes?: Anything): Anything {
  const found = render(changes).filter((each) => each['kind'] === kind)
  expect(found).toHaveLength(1)
  return found[0] ?? {}
}

const podOf = (changes?: Anything): Anything => find('Deployment', changes)['spec']['template']['spec'] as Anything
const containerOf = (changes?: Anything): Anything => podOf(changes)['containers'][0] as Anything
const named = (list: unknown, name: string): Anything =>
  (list as readonly Anything[]).find((each) => each['name'] === name) ?? {}
const namesOf = (list: readonly Anything[]): readonly string[] => list.map(({ name }) => String(name))

describe('the chart', () => {
  test('is of the version of the node', () => {
    expect([about['appVersion'], about['version']]).toEqual([version, version])
    expect(containerOf()['image']).toBe(`bronnet:${version}`)
    expect(containerOf({ image: { ...values['image'], tag: '9.9.9' } })['image']).toBe('bronnet:9.9.9')
  })

  test('has what replicas need, each under the name of the release', () => {
    const kinds = ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service']
    expect(
      render()
        .map(({ kind }) => String(kind))
        .sort(),
    ).toEqual(kinds)
    for (const { metadata } of render()) expect(metadata['name']).toMatch(/^voorbeeld(-settings)?$/)
  })

  test('replaces replicas without being without one', () => {
    const { replicas, strategy } = find('Deployment')['spec'] as Anything
    expect(replicas).toBeGreaterThan(1)
    expect(strategy['rollingUpdate']).toEqual({ maxSurge: 1, maxUnavailable: 0 })
    expect(find('PodDisruptionBudget')['spec']['minAvailable']).toBeLessThan(replicas)
    const drain = Number(named(containerOf()['env'], 'BRONNET_HTTP_DRAINSECONDS')['value'])
    // Draining, ten seconds for the last requests of each listener, and the flush.
    expect(podOf()['terminationGracePeriodSeconds']).toBeGreaterThan(drain + 20)
  })

  test('selects its own pods everywhere', () => {
    const labels = { 'app.kubernetes.io/name': 'bronnet', 'app.kubernetes.io/instance': 'voorbeeld' }
    expect(find('Deployment')['spec']['template']['metadata']['labels']).toEqual(labels)
    expect(find('Deployment')['spec']['selector']['matchLabels']).toEqual(labels)
    expect(find('Service')['spec']['selector']).toEqual(labels)
    expect(find('PodDisruptionBudget')['spec']['selector']['matchLabels']).toEqual(labels)
    expect(find('NetworkPolicy')['spec']['podSelector']['matchLabels']).toEqual(labels)
  })

  test('lets the pod do nothing that a node does not need', () => {
    expect(podOf()).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(containerOf()).toMatchObject({
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: {
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { memory: expect.any(String) },
      },
    })
  })

  test('asks readiness to send requests, and never to end the process', () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf()
    expect(JSON.stringify(readinessProbe)).toContain('/health/ready')
    for (const probe of [startupProbe, livenessProbe]) {
      expect(JSON.stringify(probe)).toContain('/health/live')
      expect(JSON.stringify(probe)).not.toContain('/health/ready')
    }
  })

  test('sets only settings that exist, in a file that the node takes', () => {
    const names = namesOf(containerOf({ metrics: { ...values['metrics'], scrape: true } })['env'])
    const known = [...variables, 'BRONNET_CONFIG', 'PGPASSWORD']
    expect(names.filter((name) => !known.includes(name))).toEqual([])
    const settings = parse(find('ConfigMap')['data']['node.yaml'] as string) as Anything
    const passphraseFile = '/run/secrets/bronnet/passphrase'
    expect(() => checkConfiguration({ ...settings, keys: { passphraseFile } } as never)).not.toThrow()
  })

  test('gives new pods to other settings', () => {
    const checksum = (changes?: Anything): string =>
      String(find('Deployment', changes)['spec']['template']['metadata']['annotations']['bronnet/settings'])
    expect(checksum()).toMatch(/^[0-9a-f]{64}$/)
    expect(checksum({ settings: { url: 'https://other.example.nl' } })).not.toBe(checksum())
  })

  test('names secrets and holds none', () => {
    const password = named(containerOf()['env'], 'PGPASSWORD')
    expect(password['value']).toBeUndefined()
    expect(password['valueFrom']['secretKeyRef']).toEqual(values['database']['passwordSecret'])
    const volume = named(podOf()['volumes'], 'passphrase')
    expect(volume['secret']['secretName']).toBe(values['keys']['passphraseSecret']['name'])
    expect(render().some(({ kind }) => kind === 'Secret')).toBe(false)
    expect(JSON.stringify(render())).not.toMatch(/:\/\/[^/@"]+:[^/@"]+@/)
  })

  test('keeps the internal listener to the pod, and gives it to Prometheus alone where it is told to', () => {
    expect(find('Service')['spec']['ports']).toEqual([{ name: 'public', port: 8080, targetPort: 'public' }])
    expect(namesOf(containerOf()['ports'])).toEqual(['public'])
    expect(find('NetworkPolicy')['spec']['ingress']).toEqual([{ ports: [{ port: 'public' }] }])
    const changes = { metrics: { ...values['metrics'], scrape: true } }
    expect(namesOf(containerOf(changes)['ports'])).toEqual(['public', 'internal'])
    expect(find('NetworkPolicy', changes)['spec']['ingress'][1]).toEqual({
      from: [{ podSelector: { matchLabels: values['metrics']['from'] as Anything } }],
      ports: [{ port: 'internal' }],
    })
  })

  test('lets applications in at the internal listener where keys are listed, and asks everybody to sign in', () => {
    const authorizedKeys = 'role="application" ssh-ed25519 AAAA app\n'
    const changes = { internal: { ...values['internal'], authorizedKeys } }
    const env = containerOf(changes)['env'] as readonly Anything[]
    const valueOf = (name: string): unknown => named(env, `BRONNET_HTTP_INTERNAL_${name}`)['value']
    expect([valueOf('HOST'), valueOf('AUTH_TYPE'), valueOf('AUTH_AUDIENCE')]).toEqual([
      '0.0.0.0',
      'token_v2',
      'bronnet',
    ])
    expect(valueOf('AUTH_AUTHORIZEDKEYSPATH')).toBe('/etc/bronnet/authorized_keys')
    expect(find('ConfigMap', changes)['data']['authorized_keys']).toBe(authorizedKeys)
    const services = render(changes).filter(({ kind }) => kind === 'Service')
    expect(services.map(({ metadata }) => String(metadata['name']))).toEqual(['voorbeeld', 'voorbeeld-internal'])
    expect(find('NetworkPolicy', changes)['spec']['ingress'][1]).toEqual({
      from: [{ podSelector: { matchLabels: { bronnet: 'application' } } }],
      ports: [{ port: 'internal' }],
    })
  })

  test('never opens the internal listener to others without sign-in', () => {
    const changes = { metrics: { ...values['metrics'], scrape: true } }
    expect(namesOf(containerOf(changes)['env'])).toContain('BRONNET_HTTP_INTERNAL_AUTH_TYPE')
    expect(namesOf(containerOf()['env']).filter((name) => name.includes('INTERNAL'))).toEqual([])
  })

  test('has the same keys in all replicas, or none where they are in Vault', () => {
    const keysOf = (changes?: Anything): Anything => named(podOf(changes)['volumes'], 'keys')
    expect(keysOf()['persistentVolumeClaim']['claimName']).toBe('bronnet-keys')
    expect(keysOf({ keys: { ...values['keys'], claim: '' } })).toEqual({ name: 'keys', emptyDir: {} })
  })

  test('takes where pods may run, and what stands beside them', () => {
    const changes = {
      nodeSelector: { zone: 'a' },
      tolerations: [{ key: 'x', operator: 'Exists' }],
      podAnnotations: { a: 'b' },
    }
    expect(podOf(changes)).toMatchObject({ nodeSelector: changes.nodeSelector, tolerations: changes.tolerations })
    expect(find('Deployment', changes)['spec']['template']['metadata']['annotations']).toMatchObject({ a: 'b' })
    expect(podOf()).not.toHaveProperty('nodeSelector')
  })

  test.each([
    '{{ include "x" . }}',
    '{{ .Values.nothing }}',
    '{{ if .Values.replicas }}',
    '{{ end }}',
    '{{ .Values.replicas | upper }}',
  ])('could not hold what is not checked here: %s', (template) => {
    expect(() => renderTemplate(template, { Values: values })).toThrow()
  })
})

describe('the replicas of compose', () => {
  const compose = read('deploy/compose/compose.yaml') as Anything
  const replicas = ['replica-a', 'replica-b'].map((name) => compose['services'][name] as Anything)

  test('are two of the same, on one database and with the same keys', () => {
    expect(replicas[0]).toEqual(replicas[1])
    expect(replicas[0]?.['environment']['BRONNET_STORAGE_URL']).toBe('postgresql://bronnet@database/bronnet')
    expect(replicas[0]?.['volumes']).toContain('keys:/data')
    expect(Object.keys(compose['services'] as object)).toEqual(['replica-a', 'replica-b', 'proxy', 'database'])
  })

  test('cannot write outside their volume or gain rights, and have limits', () => {
    for (const replica of replicas)
      expect(replica).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        mem_limit: expect.any(String),
        depends_on: { database: { condition: 'service_healthy' } },
      })
  })

  test('set only settings that exist, in a file that the node takes', () => {
    const names = Object.keys(replicas[0]?.['environment'] as object)
    expect(names.filter((name) => ![...variables, 'BRONNET_CONFIG', 'PGPASSWORD'].includes(name))).toEqual([])
    const keys = { passphraseFile: '/run/secrets/keys-passphrase' }
    expect(() => checkConfiguration({ ...(read('deploy/compose/node.yaml') as object), keys } as never)).not.toThrow()
  })

  test('are reached by the proxy alone, and hold no secret', () => {
    expect(replicas.flatMap((replica) => (replica['ports'] as unknown[] | undefined) ?? [])).toEqual([])
    expect(compose['services']['database']['ports']).toBeUndefined()
    expect(compose['services']['proxy']['ports']).toEqual(['127.0.0.1:8080:8080'])
    const proxy = readFileSync('deploy/compose/proxy.conf', 'utf8')
    for (const name of ['replica-a', 'replica-b']) expect(proxy).toContain(`server ${name}:8080 `)
    for (const secret of Object.values(compose['secrets'] as Record<string, Anything>))
      expect(['file', 'environment']).toEqual(expect.arrayContaining(Object.keys(secret)))
    expect(replicas[0]?.['environment']['PGPASSWORD']).toMatch(/^\$\{BRONNET_DATABASE_PASSWORD:\?/)
  })

  test('serve on for as long as they are told when they stop, and are not ended before that', () => {
    const drain = Number(replicas[0]?.['environment']['BRONNET_HTTP_DRAINSECONDS'])
    expect(Number.parseInt(String(replicas[0]?.['stop_grace_period']), 10)).toBeGreaterThan(drain + 20)
  })
})
