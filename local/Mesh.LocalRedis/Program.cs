// A Redis for one machine: Garnet on loopback, in memory, keeping nothing.
using Garnet;
using Mesh.Local;

const string PasswordVariable = "MESH_REDIS_PASSWORD";
if (PortArgument.Parse(args) is not { } port)
{
    Console.Error.WriteLine("Usage: Mesh.LocalRedis --port <1-65535>");
    return 2;
}

// In the environment: other users of the machine can read arguments.
if (Environment.GetEnvironmentVariable(PasswordVariable) is not { Length: > 0 } password)
{
    Console.Error.WriteLine($"{PasswordVariable} is not set: set it to the password that clients send");
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
    // Garnet skips what it does not understand and goes on reading, so any web page could write here by a POST whose body holds commands.
    "--auth", "Password",
    "--password", password,
    "--logger-level", "Warning",
    "-q",
]);
server.Start();
Console.WriteLine($"Redis (Garnet) listens on 127.0.0.1:{port}; it keeps nothing on disk");
await EndSignal.WaitAsync();
return 0;
