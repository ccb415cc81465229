import { mount } from "svelte";
import App from "./App.svelte";
import "./app.css";
import { app } from "./state/app.svelte";

void app.start();
mount(App, { target: document.getElementById("app")! });
