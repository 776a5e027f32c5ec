FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source

# Project files alone first: packages are restored again only when these change.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Alignment.Compute/*.csproj src/Alignment.Compute/
COPY src/Alignment.Compute.Cuda/*.csproj src/Alignment.Compute.Cuda/
COPY src/Alignment.Templates/*.csproj src/Alignment.Templates/
COPY src/Alignment.Models/*.csproj src/Alignment.Models/
COPY src/Alignment.Inference/*.csproj src/Alignment.Inference/
COPY src/Alignment.Rewards/*.csproj src/Alignment.Rewards/
COPY src/Alignment.Decoding/*.csproj src/Alignment.Decoding/
COPY src/Alignment.Hosting/*.csproj src/Alignment.Hosting/
COPY src/Alignment.Feedback/*.csproj src/Alignment.Feedback/
COPY src/Alignment.Server/*.csproj src/Alignment.Server/
RUN dotnet restore src/Alignment.Server

COPY src/ src/
COPY models/ models/
RUN dotnet publish src/Alignment.Server -c Release -o artifacts/server

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /source/artifacts/server ./
USER $APP_UID
# Every address of the container: it starts only with -e Server__ApiKeys__0=KEY, or with -e Server__AllowAnonymous=true to serve everybody.
ENV ASPNETCORE_HTTP_PORTS=8080
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD curl -sf http://localhost:8080/health || exit 1
ENTRYPOINT ["dotnet", "Alignment.Server.dll"]
