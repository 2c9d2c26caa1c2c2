@rem What `exec` of package.json's "start" is on Windows: elsewhere the shell has it, and hands signals to the service.
@%*
