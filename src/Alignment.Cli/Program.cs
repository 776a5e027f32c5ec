using System.Text;
using Alignment.Cli;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
return await AlignmentCommandLine.RunAsync(args, Console.Out, Console.Error);
