// expects: hot-path-reach
import '@nestjs/common';
