package perm

// Direct is what everybody may do in a conversation of two. There are no roles there and nobody stands above the other: people delete what they wrote themselves.
const Direct = ViewChannel | SendMessages | SendTTS | EmbedLinks | AttachFiles | ReadMessageHistory | AddReactions | UseExternalEmojis | UseExternalStickers |
	Connect | Speak | Stream | UseVAD | UseApplicationCommands | UseExternalApps | SendVoiceMessages | SendPolls | PinMessages

// Group is what everybody may do in a group of people: there they may also call everybody.
const Group = Direct | MentionEveryone
