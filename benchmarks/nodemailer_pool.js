// Send equal mails through Nodemailer's pooled transport; prints the seconds it took.
// node nodemailer_pool.js PORT COUNT LENGTH CONNECTIONS

const nodemailer = require("nodemailer");

const [port, count, length, connections] = process.argv.slice(2).map(Number);
const line = "x".repeat(70) + "\r\n";
const head = "From: notice@bank.example\r\nTo: ann@mail.example\r\nSubject: Notice\r\n\r\n";
const raw = head + line.repeat(Math.ceil((length - head.length) / line.length));

async function main() {
  const transport = nodemailer.createTransport({
    host: "127.0.0.1",
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Infinity,
    secure: false,
    ignoreTLS: true,
  });
  const began = process.hrtime.bigint();
  const envelope = { from: "notice@bank.example", to: ["ann@mail.example"] };
  await Promise.all(Array.from({ length: count }, () => transport.sendMail({ envelope, raw })));
  console.log(Number(process.hrtime.bigint() - began) / 1e9);
  transport.close();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
