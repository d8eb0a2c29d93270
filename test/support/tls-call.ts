import { request } from 'node:https'

/** What a call over TLS was answered with. */
export interface TlsReply {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  /** The JSON of the body; its text when it is something else. */
  readonly json: unknown
}

/** One call over TLS, with a connection of its own. */
export interface TlsCall {
  readonly method?: string
  readonly url: string
  /** Whom the caller trusts, PEM. */
  readonly ca: string
  readonly cert?: string
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The name that the certificate must have, where that is not the one of the request. */
  readonly servername?: string
}

/** Makes the call. Rejects with the error of the platform when there is no connection or no answer. */
export function callOverTls({ method = 'GET', url, body, headers = {}, ...tls }: TlsCall): Promise<TlsReply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, ...tls }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, json: parse(text) })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
