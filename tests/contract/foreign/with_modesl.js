// modesl (npm), with node: `with_modesl.js FOLDER PORT PASSWORD SOUND`; modesl is in FOLDER.
"use strict";

const [folder, port, password, sound] = process.argv.slice(2);
const esl = require(`${folder}/node_modules/modesl`);

const told = {};
const events = [];
const client = new esl.Connection("127.0.0.1", Number(port), password, () => {
  client.on("esl::event::**", (event) => events.push(event));
  const names = ["CHANNEL_PARK", "CHANNEL_HANGUP_COMPLETE"];
  client.events("json", names, (reply) => {
    told.subscribed = reply.getHeader("Reply-Text");
    client.api("status", (status) => {
      told.status = status.getBody().split(/\s/)[0];
      originate();
    });
  });
});

function waitFor(name, key, done) {
  const found = events.find((event) => event.getHeader("Event-Name") === name);
  if (found) {
    done(found.getHeader(key));
  } else {
    setTimeout(() => waitFor(name, key, done), 5);
  }
}

function originate() {
  client.bgapi("originate", "{origination_uuid=foreign}null/x &park()", (job) => {
    told.accepted = job.getBody().startsWith("+OK foreign") ? "+OK Job-UUID" : job.getBody();
    told.job = job.getHeader("Job-Command");
    waitFor("CHANNEL_PARK", "Unique-ID", (leg) => {
      told.parked = leg;
      client.execute("playback", sound, "foreign", (done) => {
        told.played = done.getHeader("Application-Response");
        hangUp();
      });
    });
  });
}

function hangUp() {
  client.api("uuid_kill", "foreign", (killed) => {
    told.killed = killed.getBody().trim();
    waitFor("CHANNEL_HANGUP_COMPLETE", "Hangup-Cause", (cause) => {
      told.ended = cause;
      client.api("uuid_kill", "foreign", (gone) => {
        told.gone = gone.getBody().trim();
        console.log(JSON.stringify(told));
        process.exit(0);
      });
    });
  });
}
