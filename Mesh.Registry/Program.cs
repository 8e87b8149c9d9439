using Mesh.Kernel.Commands;
using Mesh.Kernel.Settings;
using Mesh.Registry.Hosting;
using Mesh.ServiceDefaults.Programs;

// The write side of the mesh: takes commands, keeps the log, serves REST, gRPC and their documents.
return await MeshProgram.RunAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    if (DataFolderLock.TryAcquire(builder.Configuration, out var problem) is not { } folder)
        throw new SettingException(problem);

    using (folder)
    {
        if (RaiseEpoch.IsAskedFor(args)) return await RaiseEpoch.RunAsync(builder.Configuration);
        await using var app = RegistryApp.Build(builder);
        folder.PublishAddressOf(app);
        var writer = app.Services.GetRequiredService<CommandWriter>();
        await app.RunAsync();
        // A log that cannot be used has ended the host, and is what it ends with.
        if (writer.Opened.IsFaulted) await writer.Opened;
        return 0;
    }
});
