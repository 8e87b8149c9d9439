// A Redis for one machine: Garnet on loopback, in memory, keeping nothing.
using Garnet;
using Mesh.Local;

if (PortArgument.Parse(args) is not { } port)
{
    Console.Error.WriteLine("Usage: Mesh.LocalRedis --port <1-65535>");
    return 2;
}

using var server = new GarnetServer(
[
    "--bind", "127.0.0.1",
    "--port", $"{port}",
    "--memory", "64m",
    "--page", "1m",
    "--index", "4m",
    "--lua",
    "--logger-level", "Warning",
    "-q",
]);
server.Start();
Console.WriteLine($"Redis (Garnet) listens on 127.0.0.1:{port}; it keeps nothing on disk");
await EndSignal.Wait();
return 0;
