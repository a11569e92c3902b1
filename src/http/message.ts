/** What requests and responses have in common: header fields, status codes, errors (RFC 9110, RFC 9112). */

/** Header fields by lower-case name. Fields that were repeated are joined by `, `. */
export type Headers = ReadonlyMap<string, string>;

/** An error with an HTTP status, for the client to see. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const REASONS: Readonly<Record<number, string>> = {
  100: 'Continue',
  101: 'UPGRADED', // Docker's wording; the standard's is "Switching Protocols".
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  206: 'Partial Content',
  301: 'Moved Permanently',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** The first line of a response, with its line end. */
export function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${REASONS[status] ?? 'Unknown'}\r\n`;
}

/** Whether responses with this status never have a body. */
export function isBodiless(status: number): boolean {
  return status < 200 || status === 204 || status === 304;
}

/** Whether a comma-separated field such as `Connection` contains a token, in any case. */
export function hasToken(headers: Headers, name: string, token: string): boolean {
  const tokens = headers.get(name)?.split(',') ?? [];
  return tokens.some((part) => part.trim().toLowerCase() === token);
}

/** Whether a client says that it takes bodies in an encoding such as `gzip` (RFC 9110, section 12.5.3). */
export function acceptsEncoding(headers: Headers, encoding: string): boolean {
  const offers = (headers.get('accept-encoding') ?? '').toLowerCase().split(',');
  return offers.some((offer) => {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
