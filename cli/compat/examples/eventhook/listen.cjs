const { createHmac, timingSafeEqual } = require('node:crypto');
const http = require('node:http');

// Tells whether the hall has sent this, and just now.
function genuine(signature, body) {
	const [, time, mark] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
	if (!time || Math.abs(Date.now() / 1000 - time) > 300) return false;
	const expected = createHmac('sha256', process.env.SECRET).update(`${time}.`).update(body).digest();
	return timingSafeEqual(expected, Buffer.from(mark, 'hex'));
}

const server = http.createServer(async (request, response) => {
	const parts = [];
	for await (const part of request) parts.push(part);
	const body = Buffer.concat(parts);
	if (!genuine(request.headers['x-guildhall-signature'], body)) {
		response.writeHead(401).end();
		return;
	}
	response.writeHead(204).end();
	if (request.headers['x-guildhall-event'] === 'MESSAGE_CREATE') {
		const message = JSON.parse(body);
		console.log(`${message.author.username} says ${message.content}`);
	}
});
server.listen(process.env.PORT, () => console.log('listening'));
