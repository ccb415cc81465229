package rest

import "guildhall/api/chat"

// pictureText is how many bytes a JSON body may have that brings a picture: in base64, and a little for the rest. Where two come with one request, they share it.
const pictureText = chat.MaxPicture*4/3 + 64<<10
