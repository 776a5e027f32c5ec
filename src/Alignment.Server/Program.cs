using Alignment.Server;

return await AlignmentServer.RunAsync(args);
